import type { EndpointMetadata } from '../plugin/endpoint';
import type { KubeObject } from './reflector';

/**
 * The fields of a pod that matter here.
 *
 * @default - of every field: absent
 */
export interface Pod extends KubeObject {
  readonly spec?: { readonly hostname?: string };
  readonly status?: {
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Annotations that restrict the ports of a pod; the first that is there counts. */
const ACTIVE_PORTS = ['llm-d.ai/active-ports', 'inference.networking.k8s.io/active-ports'];

/** Whether a pod may get requests: Ready, with an address, and not being deleted. */
export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return ready && pod.metadata.deletionTimestamp === undefined && Boolean(pod.status?.podIP);
}

function activePorts(pod: Pod): ReadonlySet<number> | undefined {
  const annotation = ACTIVE_PORTS.map((name) => pod.metadata.annotations?.[name]).find((value) => value !== undefined);
  if (annotation === undefined) return undefined;
  return new Set(
    annotation
      .split(',')
      .map((port) => port.trim())
      .filter((port) => /^\d+$/.test(port))
      .map(Number),
  );
}

/** The endpoints of a ready pod: one for each active target port. */
export function endpointsOf(pod: Pod, targetPorts: readonly number[]): EndpointMetadata[] {
  const active = activePorts(pod);
  const { name, namespace = 'default', labels = {} } = pod.metadata;
  const address = pod.status?.podIP as string;
  return targetPorts.flatMap((port, rankIndex) => {
    if (active !== undefined && !active.has(port)) return [];
    return [
      {
        id: `${namespace}/${name}-rank-${rankIndex}`,
        namespace,
        name,
        address,
        port,
        metricsHost: `${address.includes(':') ? `[${address}]` : address}:${port}`,
        labels,
        rankIndex,
        ...(pod.status?.hostIP && { nodeAddress: pod.status.hostIP }),
        ...(pod.spec?.hostname && { hostname: pod.spec.hostname }),
      },
    ];
  });
}
