import { CustomResource } from '@pulumi/kubernetes/apiextensions/customResource';
import * as core from '@pulumi/kubernetes/core/v1';
import { getVersion } from '@pulumi/kubernetes/utilities';
import * as pulumi from '@pulumi/pulumi';

/** A Kubernetes object as Pulumi knows it. */
export interface KubernetesResource extends pulumi.CustomResource {
  /**
   * What controllers say of the object, as the last `pulumi up` that changed it or the last `pulumi refresh` has read it.
   *
   * @default - the kind has none
   */
  readonly status?: pulumi.Output<unknown>;
}

type Typed = { new (name: string, args: object, options: pulumi.CustomResourceOptions): KubernetesResource; __pulumiType?: string };

/**
 * Registers one object under the type token that a hand-written Pulumi program would use (`kubernetes:apps/v1:Deployment`), so that
 * objects can move between the two by an alias. `CustomResource` makes that token for every group but the core one, whose objects have
 * classes of their own.
 */
export function registerNative(
  name: string,
  inputs: Readonly<Record<string, unknown>>,
  options: pulumi.CustomResourceOptions,
): KubernetesResource {
  const { apiVersion, kind } = inputs as { apiVersion: string; kind: string };
  if (apiVersion !== 'v1') {
    // The SDK keeps of the answer only fields that it has been told of.
    return new CustomResource(name, { status: undefined, ...inputs, apiVersion, kind }, options);
  }
  const token = nativeToken(apiVersion, kind);
  const typed = (core as unknown as Record<string, Typed | undefined>)[kind];
  // A kind is taken as its class's only if the class says so itself: `core` holds lists, patches and helpers as well.
  return typed?.__pulumiType === token ? new typed(name, { ...inputs }, options) : new CoreObject(token, name, { ...inputs }, options);
}

/** Type token of an object in a hand-written program, e.g. `kubernetes:apps/v1:Deployment`. */
export function nativeToken(apiVersion: string, kind: string): string {
  return apiVersion === 'v1' ? `kubernetes:core/v1:${kind}` : `kubernetes:${apiVersion}:${kind}`;
}

/** An object of the core group whose kind this version of `@pulumi/kubernetes` has no class for. */
class CoreObject extends pulumi.CustomResource {
  constructor(token: string, name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
    // Without a version the engine would start a second provider for it.
    super(token, name, inputs, pulumi.mergeOptions({ version: getVersion() }, options));
  }
}
