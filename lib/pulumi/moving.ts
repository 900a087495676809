import * as pulumi from '@pulumi/pulumi';
import type { ApiObject } from 'cdk8s';
import { type ComponentKind, componentType } from './components/component';
import { nativeToken } from './native-resource';
import type { ObjectOptions } from './object-options';

/** A resource, or the URN of one that is no more in the program. */
export type FormerParent = pulumi.Resource | pulumi.Input<pulumi.URN>;

/** Where the objects of a component stood in a stack. */
export interface FormerStack {
  /**
   * Path of the construct below the chart of the stack, e.g. `team/qwen3`.
   *
   * @default - the name of the component
   */
  readonly construct?: string;
  /**
   * The parent that the stack had.
   *
   * @default - none: it was at the top of the program
   */
  readonly parent?: FormerParent;
}

/** A component whose objects are in a stack now. */
export interface FormerComponent {
  /** Which component it was. */
  readonly kind: ComponentKind;
  /**
   * Name that it had in Pulumi.
   *
   * @default - the id of the construct
   */
  readonly name?: string;
  /**
   * The parent that it had.
   *
   * @default - none: it was at the top of the program
   */
  readonly parent?: FormerParent;
}

/** A resource that was written by hand. */
export interface FormerResource {
  /** Name that it had in Pulumi. */
  readonly name: string;
  /**
   * Its type token, where it was another kind or version.
   *
   * @default - that of the object, e.g. `kubernetes:apps/v1:Deployment`
   */
  readonly type?: string;
  /**
   * The parent that it had.
   *
   * @default - none: it was at the top of the program
   */
  readonly parent?: FormerParent;
}

/**
 * Object options of a component whose construct was built in a `ServingStack` of the name `stack`. Pulumi then takes the objects over:
 * it changes their place in the state, and nothing in the cluster.
 *
 * Leave it in until every deployment of the program has been updated once.
 */
export function movedFromStack(stack: string, { construct, parent }: FormerStack = {}): ObjectOptions {
  return (object) => {
    const [, own = '', ...rest] = object.node.path.split('/');
    return aliased(object, [stack, construct ?? own, ...rest].join('/'), pulumi.createUrn(stack, componentType('ServingStack'), parent));
  };
}

/**
 * Object options of a `ServingStack` whose constructs were components: by the path of each construct below the chart, what it was, e.g.
 * `{ qwen3: { kind: 'ModelServing' }, gateway: { kind: 'InferenceGateway' } }`. Pulumi then takes their objects over, as with
 * {@link movedFromStack}; objects of other constructs are new.
 */
export function movedFromComponents(components: Readonly<Record<string, FormerComponent>>): ObjectOptions {
  return (object) => {
    const below = object.node.path.slice(object.node.path.indexOf('/') + 1);
    const found = Object.entries(components)
      .filter(([path]) => below.startsWith(`${path}/`))
      .sort(([a], [b]) => b.length - a.length)[0];
    if (found === undefined) {
      return undefined;
    }
    const [path, { kind, parent, name = path.slice(path.lastIndexOf('/') + 1) }] = found;
    return aliased(object, `${name}${below.slice(path.length)}`, pulumi.createUrn(name, componentType(kind), parent));
  };
}

/**
 * Object options of a component or a stack whose objects were written by hand (`new k8s.apps.v1.Deployment('qwen', …)`): by kind and
 * name in the cluster, e.g. `Deployment/qwen3-decode`, the former name in Pulumi, or more where the type or the parent was another.
 * Pulumi takes the objects over and changes what is different in place.
 *
 * What cannot be changed in place is made anew nevertheless, above all a Deployment whose `spec.selector` differs, and whatever had
 * another `metadata.name` or `namespace`.
 */
export function movedFromResources(resources: Readonly<Record<string, string | FormerResource>>): ObjectOptions {
  return (object) => {
    const former = Object.hasOwn(resources, `${object.kind}/${object.name}`) ? resources[`${object.kind}/${object.name}`] : undefined;
    if (former === undefined) {
      return undefined;
    }
    const { name, type, parent } = typeof former === 'string' ? { name: former, type: undefined, parent: undefined } : former;
    return aliased(object, name, parent, type);
  };
}

function aliased(object: ApiObject, name: string, parent?: FormerParent, type?: string): pulumi.CustomResourceOptions {
  return { aliases: [pulumi.createUrn(name, type ?? nativeToken(object.apiVersion, object.kind), parent)] };
}
