import { ApiObject, type ApiObjectMetadata, type GroupVersionKind } from 'cdk8s';
import type { Construct } from 'constructs';

/** What every manifest takes besides its own fields. */
export interface ManifestProps {
  /** Name, labels, annotations. The namespace is that of the chart unless given. */
  readonly metadata: ApiObjectMetadata;
}

/**
 * Base of the typed manifests: an `ApiObject` whose fields are written as given. Nothing is defaulted here and nothing is filtered
 * after a JSON patch.
 */
export abstract class Manifest extends ApiObject {
  protected constructor(scope: Construct, id: string, gvk: GroupVersionKind, props: ManifestProps) {
    super(scope, id, { ...gvk, ...props });
  }
}
