import { type KubeObject, readObjects, yamlFiles } from './manifests';

/** As much of a CustomResourceDefinition as the tests look into. */
export interface CustomResourceDefinition extends KubeObject {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema?: object };
    }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

/**
 * The CRDs in all YAML files below a folder. Other kinds are left out on purpose: release folders also hold kustomizations, and
 * Gateway API's admission policy that forbids to install other versions of its CRDs.
 */
export function readCrds(folder: string): CustomResourceDefinition[] {
  const crds = yamlFiles(folder)
    .flatMap(readObjects)
    .filter((object): object is CustomResourceDefinition => object.kind === 'CustomResourceDefinition');
  if (crds.length === 0) throw new Error(`no CustomResourceDefinition in any *.yaml below '${folder}'`);
  return crds;
}
