import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { contributionOf } from '../../lib/validation/contribution';
import type { Example } from './examples';

/** A synthesized object, as far as the tests look into it. */
export interface ManifestJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly [key: string]: unknown;
}

/** Kinds that live outside of any namespace, of those that a deployment of models may need. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'DeviceClass',
  'GatewayClass',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
]);

/** Objects that the API server would put into whatever namespace the user happens to be in. */
export function withoutNamespace(objects: readonly ManifestJson[]): string[] {
  return objects
    .filter((object) => !CLUSTER_SCOPED.has(object.kind) && !object.metadata.namespace)
    .map((object) => `${object.kind} ${object.metadata.name}`);
}

/** Names that two objects of one kind and namespace share. */
export function duplicateNames(objects: readonly ManifestJson[]): string[] {
  const seen = new Set<string>();
  return objects
    .map(
      ({ apiVersion, kind, metadata }) => `${apiVersion.split('/').at(-2) ?? 'core'} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    )
    .filter((key) => seen.has(key) || !seen.add(key));
}

/** Objects below a construct of the library without the labels that tell what they belong to; those of users have what they want. */
export function unlabelled(scope: IConstruct): string[] {
  const isOurs = (object: ApiObject) => object.node.scopes.some((at) => contributionOf(at) !== undefined);
  return scope.node
    .findAll()
    .filter(ApiObject.isApiObject)
    .filter(isOurs)
    .filter(({ metadata }) => ['name', 'part-of'].some((label) => !metadata.getLabel(`app.kubernetes.io/${label}`)))
    .map(({ kind, name }) => `${kind} ${name}`);
}

/** Construct paths with what stands at them: `chart/serving/Servers` or `chart/serving/Servers Deployment`. */
export function idTree(examples: readonly Example[]): string {
  const lines = examples.flatMap(({ app }) =>
    app.node
      .findAll()
      .filter((construct) => construct !== app)
      .map((construct) => `${construct.node.path}${ApiObject.isApiObject(construct) ? ` ${construct.kind}` : ''}`),
  );
  return `${lines.sort().join('\n')}\n`;
}
