import { engineEnv } from '../engines/environment';
import { engineInvocation } from '../engines/invocation';
import { ENGINE_PORT_NAME, engineProbes } from '../engines/probes';
import type { Container, ContainerPort, PodTemplate, ResourceRequirements } from '../manifests/pod';
import { BOOTSTRAP_PORT, NIXL_SIDE_CHANNEL_PORT } from '../values/kv-transfer';
import { applyOverlay } from './pod-overlay';
import { engineSecurity, rolePodSecurity } from './pod-security';
import type { RoleSpec } from './role-spec';
import { roleVolumes } from './role-volumes';
import { routingSidecar } from './routing-sidecar';

/** Name under which a pod refers to its claimed devices. */
const CLAIM_NAME = 'accelerators';

/**
 * The pod template of a role.
 *
 * @param serving false for pods that run ranks but take no requests: they carry no pool label and no probes
 */
export function renderPod(spec: RoleSpec, serving = true): PodTemplate {
  const { cluster, accelerator } = spec;
  const { volumes } = roleVolumes(spec);
  const nodeSelector = cluster.nodeSelectorFor(accelerator);
  const tolerations = cluster.tolerationsFor(accelerator);
  const annotations = { ...spec.annotations, ...spec.grant.annotations };
  const template: PodTemplate = {
    metadata: {
      labels: serving ? spec.labels : spec.workerLabels,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      serviceAccountName: spec.serviceAccountName,
      // Engines never ask the API server.
      automountServiceAccountToken: false,
      ...(spec.graceSeconds === undefined ? {} : { terminationGracePeriodSeconds: spec.graceSeconds }),
      ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
      ...(tolerations.length === 0 ? {} : { tolerations }),
      ...(spec.priorityClassName === undefined ? {} : { priorityClassName: spec.priorityClassName }),
      ...(spec.imagePullSecrets.length === 0 ? {} : { imagePullSecrets: spec.imagePullSecrets.map((name) => ({ name })) }),
      securityContext: rolePodSecurity(spec),
      ...(spec.sidecar && serving ? { initContainers: [routingSidecar(spec)] } : {}),
      containers: [engineContainer(spec, serving)],
      ...(volumes.length === 0 ? {} : { volumes }),
      ...(spec.claimTemplate === undefined
        ? {}
        : { resourceClaims: [{ name: CLAIM_NAME, resourceClaimTemplateName: spec.claimTemplate }] }),
    },
  };
  return applyOverlay(template, spec.overlay);
}

function engineContainer(spec: RoleSpec, serving: boolean): Container {
  const { mounts } = roleVolumes(spec);
  return {
    name: spec.containerName,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    ...engineInvocation(spec),
    env: engineEnv(spec),
    ports: enginePorts(spec),
    resources: engineResources(spec),
    ...(serving ? engineProbes(spec) : {}),
    securityContext: engineSecurity(spec),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

function enginePorts(spec: RoleSpec): ContainerPort[] {
  const { enginePort, launch, layout, kvCache, transfer, engine, side, wide, sidecar } = spec;
  const ranks = launch === 'rank-ports' ? layout.dataLocal : 1;
  const serving = Array.from({ length: ranks }, (_, rank) => ({
    // Names are unique in a pod: the sidecar's ports are rank0, rank1, … too.
    name: launch === 'rank-ports' ? `${sidecar ? 'vllm-' : ''}rank${rank}` : ENGINE_PORT_NAME,
    containerPort: enginePort + rank,
  }));
  return [
    ...serving,
    ...(wide === undefined ? [] : [{ name: 'supervisor', containerPort: wide.supervisorPort }]),
    ...(transfer?.kind === 'nixl' && engine.kind === 'vllm' ? [{ name: 'nixl', containerPort: NIXL_SIDE_CHANNEL_PORT }] : []),
    ...(transfer !== undefined && side === 'prefill' && (engine.kind === 'sglang' || transfer.kind === 'mooncake')
      ? [{ name: 'bootstrap', containerPort: BOOTSTRAP_PORT }]
      : []),
    ...(kvCache.eventsPort === undefined ? [] : [{ name: 'kv-events', containerPort: kvCache.eventsPort }]),
  ];
}

function engineResources({ accelerator, layout, resources, grant, claimTemplate }: RoleSpec): ResourceRequirements {
  const devices: Record<string, string> = { ...grant.resources };
  if (accelerator.dra === undefined && accelerator.resourceName !== undefined) {
    devices[accelerator.resourceName] = String(layout.acceleratorsPerPod);
  }
  return {
    requests: {
      cpu: resources.cpu,
      memory: resources.memory,
      ...(resources.ephemeralStorage === undefined ? {} : { 'ephemeral-storage': resources.ephemeralStorage }),
      ...devices,
    },
    limits: {
      ...(resources.cpuLimit === undefined ? {} : { cpu: resources.cpuLimit }),
      memory: resources.memoryLimit,
      ...(resources.ephemeralStorage === undefined ? {} : { 'ephemeral-storage': resources.ephemeralStorage }),
      ...devices,
    },
    ...(claimTemplate === undefined ? {} : { claims: [{ name: CLAIM_NAME }] }),
  };
}
