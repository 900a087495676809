import type { Container, ContainerPort } from '../manifests/pod';
import type { RoleSpec } from './role-spec';

/** Name of the sidecar's container. */
export const SIDECAR_NAME = 'routing-proxy';

/**
 * The routing proxy before a decode engine: reads which prefill worker the router chose, has it compute the prompt, then hands the request
 * to the engine. A native sidecar (an init container that stays), so it is there before the engine and ends after it.
 */
export function routingSidecar(spec: RoleSpec): Container {
  const { targetPorts, enginePort, layout, launch, transfer, engine, cluster } = spec;
  const ranks = launch === 'rank-ports' ? layout.dataLocal : 1;
  return {
    name: SIDECAR_NAME,
    image: spec.sidecarImage,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    args: [
      `--port=${targetPorts[0]}`,
      `--vllm-port=${enginePort}`,
      ...(transfer === undefined ? [] : [`--kv-connector=${transfer.sidecarConnector(engine.kind)}`]),
      '--zap-log-level=1',
      // Its default is TLS; the engine and the gateway speak plain HTTP inside the cluster.
      '--secure-proxy=false',
      ...(ranks > 1 ? [`--data-parallel-size=${ranks}`, '--enable-prefiller-sampling'] : []),
    ],
    ports: sidecarPorts(targetPorts),
    resources: { requests: { cpu: '250m', memory: '256Mi' } },
    securityContext: cluster.containerSecurity({ runAsNonRoot: true, runAsUser: SIDECAR_USER }),
  };
}

// The image's own user; named since a pod whose engine runs as root sets none.
const SIDECAR_USER = 65_532;

function sidecarPorts(ports: readonly number[]): ContainerPort[] {
  return ports.map((containerPort, rank) => ({ name: ports.length === 1 ? 'sidecar' : `rank${rank}`, containerPort }));
}
