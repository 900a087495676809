import type { Container, EnvVar, Volume } from '../manifests/pod';
import type { ServicePort } from '../manifests/service';

/** Something that runs in the router pod beside the router. */
export interface RouterSidecar {
  /**
   * Containers that run beside the router and end together with it.
   * @default []
   */
  readonly containers?: readonly Container[];
  /**
   * Containers that start before the router; with `restartPolicy: Always` they end after it.
   * @default []
   */
  readonly initContainers?: readonly Container[];
  /**
   * Volumes of the pod.
   * @default []
   */
  readonly volumes?: readonly Volume[];
  /**
   * Ports that the Service of the router gets besides its own.
   * @default []
   */
  readonly servicePorts?: readonly ServicePort[];
  /**
   * Environment of the router container that it needs.
   * @default []
   */
  readonly routerEnv?: readonly EnvVar[];
  /**
   * Annotations of the pod; a changed value rolls it.
   * @default {}
   */
  readonly podAnnotations?: Readonly<Record<string, string>>;
}
