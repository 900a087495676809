import type { Container, PodSpec, PodTemplate, Probe } from '../manifests/pod';
import { contentHash } from './content-hash';
import { ROUTER_PORTS } from './ports';
import { ROUTER_RESOURCES } from './resources';
import { routerArgs } from './router-args';
import { routerEnv } from './router-env';
import type { RouterPlan } from './router-plan';
import { checkUniqueNames } from './router-pod-names';
import type { InferenceRouterProps } from './router-props';
import { POD_SECURITY, RESTRICTED_CONTAINER } from './security';
import type { RouterSidecar } from './sidecar';

/** Key of the ConfigMap, and name of the file in the router. */
export const CONFIG_FILE = 'endpoint-picker-config.yaml';

const CONFIG_VOLUME = 'plugins-config-volume';
const CONFIG_FOLDER = '/config';

/** Upstream's grace: as long as a model server of its guides may take to end. */
const MIN_GRACE_SECONDS = 130;

/** What the pod needs besides the plan. */
export interface RouterPodOptions {
  readonly plan: RouterPlan;
  readonly props: InferenceRouterProps;
  /** All that runs beside the router: ours and the user's. */
  readonly sidecars: readonly RouterSidecar[];
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** The pod of a router. */
export function routerPod(options: RouterPodOptions): PodTemplate {
  const { plan, props, sidecars, selector } = options;
  const spec: PodSpec = {
    serviceAccountName: plan.name,
    // It watches pods and pools; no other pod of ours talks to the API server.
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: Math.max(MIN_GRACE_SECONDS, plan.servers.terminationGraceSeconds),
    initContainers: nonEmpty(sidecars.flatMap(({ initContainers = [] }) => initContainers)),
    containers: [routerContainer(options), ...sidecars.flatMap(({ containers = [] }) => containers)],
    volumes: [
      { name: CONFIG_VOLUME, configMap: { name: plan.name } },
      ...sidecars.flatMap(({ volumes = [] }) => volumes),
      ...(props.volumes ?? []),
    ],
    securityContext: POD_SECURITY,
    nodeSelector: props.nodeSelector,
    tolerations: props.tolerations,
    affinity: props.affinity,
    topologySpreadConstraints: plan.replicas > 1 ? [spreadOverNodes(selector)] : undefined,
    priorityClassName: props.priorityClassName,
    imagePullSecrets: props.imagePullSecrets?.map((name) => ({ name })),
  };
  checkUniqueNames(spec);
  const annotations = {
    ...props.podAnnotations,
    'checksum/router-config': contentHash(plan.configYaml),
    ...Object.assign({}, ...sidecars.map(({ podAnnotations = {} }) => podAnnotations)),
  };
  return { metadata: { labels: options.labels, annotations }, spec };
}

function routerContainer({ plan, props, sidecars }: RouterPodOptions): Container {
  const args = routerArgs(plan, {
    configPath: `${CONFIG_FOLDER}/${CONFIG_FILE}`,
    logLevel: props.logLevel ?? 'info',
    tracing: props.tracing !== undefined,
  });
  // Without an election every name has the same answer, so that an unknown one is asked as upstream does.
  const [alive, ready] = plan.leaderElection ? ['liveness', 'readiness'] : ['inference-extension', 'inference-extension'];
  return {
    name: 'epp',
    image: plan.image.reference,
    imagePullPolicy: plan.image.floating ? 'Always' : 'IfNotPresent',
    args,
    env: routerEnv(
      props.tracing,
      sidecars.flatMap(({ routerEnv: env = [] }) => env),
      props.env ?? [],
    ),
    ports: [
      { name: 'grpc', containerPort: plan.ports.extProc },
      { name: 'grpc-health', containerPort: plan.ports.health },
      { name: 'metrics', containerPort: plan.ports.metrics },
    ],
    resources: props.resources ?? ROUTER_RESOURCES,
    // The router is not alive before it has read its pool and warmed its plugins; a render service may take minutes to come up.
    startupProbe: health(alive, { periodSeconds: 2, failureThreshold: 150 }),
    livenessProbe: health(alive, { initialDelaySeconds: 5, periodSeconds: 10 }),
    readinessProbe: health(ready, { periodSeconds: 2 }),
    volumeMounts: [{ name: CONFIG_VOLUME, mountPath: CONFIG_FOLDER, readOnly: true }, ...(props.volumeMounts ?? [])],
    securityContext: RESTRICTED_CONTAINER,
  };
}

function health(service: string | undefined, timings: Omit<Probe, 'grpc' | 'httpGet'>): Probe {
  return { grpc: { port: ROUTER_PORTS.health, service }, ...timings };
}

function spreadOverNodes(selector: Readonly<Record<string, string>>): object {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selector },
  };
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
