import type { InferencePoolProps } from '../manifests/inference-pool';
import type { ServicePort, ServiceProps } from '../manifests/service';
import { ensure } from '../validation/error';
import type { RouterPlan } from './router-plan';
import type { RouterSidecar } from './sidecar';

/** The Service of a router: ext_proc, metrics, and the ports of what runs beside it. Throws LLMD559 when a port is there twice. */
export function serviceSpec(
  plan: RouterPlan,
  sidecars: readonly RouterSidecar[],
  selector: Readonly<Record<string, string>>,
): ServiceProps['spec'] {
  const { extProc, metrics } = plan.ports;
  const ports: readonly ServicePort[] = [
    { name: 'grpc-ext-proc', protocol: 'TCP', port: extProc, appProtocol: 'kubernetes.io/h2c' },
    { name: 'http-metrics', protocol: 'TCP', port: metrics },
    ...sidecars.flatMap(({ servicePorts = [] }) => servicePorts),
  ];
  for (const [index, { name, port, protocol = 'TCP' }] of ports.entries()) {
    const same = (other: ServicePort) => other.name === name || (other.port === port && (other.protocol ?? 'TCP') === protocol);
    ensure(ports.findIndex(same) === index, 'LLMD559', { name: plan.name, port: `${name} ${port}` });
  }
  return { type: 'ClusterIP', selector, ports };
}

/** The InferencePool of the servers: their pods, their ports, and this router to choose among them. */
export function poolSpec(plan: RouterPlan): InferencePoolProps['spec'] {
  const { servers, name, ports, failureMode } = plan;
  return {
    selector: { matchLabels: servers.poolLabels },
    targetPorts: servers.targetPorts.map((number) => ({ number })),
    appProtocol: 'http',
    endpointPickerRef: { name, port: { number: ports.extProc }, failureMode },
  };
}
