import { Yaml } from 'cdk8s';
import { renderConfig } from '../routing/render-config';
import type { RoutingStrategy } from '../routing/routing-strategy';
import { checkInteger, checkOneOf } from '../util/check';
import { checkAnnotations, checkLabels, checkReference, MAX_LABEL_LENGTH, objectName } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { ensure } from '../validation/error';
import { ENVOY_PORTS, ROUTER_PORTS } from './ports';
import { LOG_LEVELS } from './router-args';
import { modulesOf } from './router-asset';
import { checkFlags } from './router-flags';
import type { ResolvedRouterImage } from './router-image';
import type { RouterObjective, RouterPlan } from './router-plan';
import type { InferenceRouterProps } from './router-props';

/** What the planner is told of the construct's surroundings. */
export interface RouterContext {
  readonly path: string;
  readonly namespace: string | undefined;
  readonly image: ResolvedRouterImage;
  readonly strategy: RoutingStrategy;
  /** Where the render service answers; undefined when the strategy needs none. */
  readonly tokenizerUrl: string | undefined;
}

/** Range of a Kubernetes `int32`, which a priority is. */
const INT32 = 2 ** 31;

/** Everything about one router that follows from its props: pure, and checked. */
export function planRouter(props: InferenceRouterProps, context: RouterContext): RouterPlan {
  const { servers, mode = 'pool', replicas = 1, metricsAuth = false, objectives = [], flags = {} } = props;
  const { strategy, image } = context;
  checkInteger('replicas', replicas, 1);
  checkOneOf('mode', props.mode, ['pool', 'selector']);
  checkOneOf('failureMode', props.failureMode, ['FailOpen', 'FailClose']);
  checkOneOf('logLevel', props.logLevel, LOG_LEVELS);
  checkReference('priorityClassName', props.priorityClassName);
  for (const name of props.imagePullSecrets ?? []) {
    checkReference('imagePullSecrets', name);
  }
  checkAnnotations('podAnnotations', props.podAnnotations ?? {});
  checkLabels(props.nodeSelector ?? {});
  checkFlags(flags, image.schemaVersion, metricsAuth);
  checkObjectives(objectives, mode);
  const config = renderConfig(strategy, servers, {
    version: image.schemaVersion,
    tokenizerUrl: context.tokenizerUrl,
    modules: modulesOf(image),
  });
  const { needsKvEvents, needsTokenizer, needsLatencyPredictor, experimental, stateful, usesFlowControl } = strategy;
  return {
    path: context.path,
    name: objectName([servers.name, 'epp']),
    poolName: servers.name,
    namespace: context.namespace,
    mode,
    servers,
    image,
    replicas,
    leaderElection: props.leaderElection ?? replicas > 1,
    facts: { needsKvEvents, needsTokenizer, needsLatencyPredictor, experimental, stateful, usesFlowControl },
    config,
    configYaml: Yaml.stringify(config),
    flags: { ...flags },
    ports: ROUTER_PORTS,
    servicePorts: servicePorts(props),
    failureMode: props.failureMode ?? 'FailOpen',
    proxied: props.proxy !== undefined,
    secureServing: props.secureServing ?? true,
    metricsAuth,
    objectives: deepFreeze(objectives.map(({ name, priority }) => ({ name, priority }))),
  };
}

function servicePorts({ proxy, sidecars = [] }: InferenceRouterProps): RouterPlan['servicePorts'] {
  const more = sidecars.flatMap((sidecar) => sidecar.servicePorts ?? []).map(({ name, port }) => [name, port] as const);
  return {
    'grpc-ext-proc': ROUTER_PORTS.extProc,
    'http-metrics': ROUTER_PORTS.metrics,
    ...(proxy === undefined ? {} : { http: ENVOY_PORTS.service }),
    ...Object.fromEntries(more),
  };
}

function checkObjectives(objectives: readonly RouterObjective[], mode: 'pool' | 'selector'): void {
  ensure(objectives.length === 0 || mode === 'pool', 'LLMD554', {});
  const seen = new Set<string>();
  for (const { name, priority } of objectives) {
    objectName([name], MAX_LABEL_LENGTH);
    ensure(!seen.has(name), 'LLMD553', { name });
    seen.add(name);
    checkInteger(`priority of objective "${name}"`, priority, -INT32, INT32 - 1);
  }
}
