import { ApiObject, type ApiObjectMetadata, type GroupVersionKind } from 'cdk8s';
import type { Construct } from 'constructs';
import { takeLastStep } from '../util/last-step';

/** What every manifest takes besides its own fields. */
export interface ManifestProps {
  /** Name, labels, annotations. The namespace is that of the chart unless given. */
  readonly metadata: ApiObjectMetadata;
}

/**
 * Base of the typed manifests: an `ApiObject` whose fields are written as given. Nothing is defaulted here and nothing is filtered
 * after a JSON patch; where a mirror holds (`imageMirror`), images are then written as it has them.
 */
export abstract class Manifest extends ApiObject {
  protected constructor(scope: Construct, id: string, gvk: GroupVersionKind, props: ManifestProps) {
    super(scope, id, { ...gvk, ...props });
    takeLastStep(this);
  }
}
