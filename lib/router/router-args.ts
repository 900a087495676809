import { API } from '../versions';
import { ROUTER_PORTS } from './ports';
import { renderFlags } from './router-flags';
import type { RouterPlan } from './router-plan';
import { groupOf } from './router-rbac';

/** How much the router logs. */
export type RouterLogLevel = 'warn' | 'info' | 'verbose' | 'debug' | 'trace';

const VERBOSITY: Readonly<Record<RouterLogLevel, number>> = { warn: 1, info: 2, verbose: 3, debug: 4, trace: 5 };

/** Every level of the log. */
export const LOG_LEVELS = Object.keys(VERBOSITY);

/** The only version that starts Alpha plugins without being told to, and that does not know the flag. */
const UNGATED = 'v0.9.0';

/** What the command line needs besides the plan. */
export interface RouterArgsOptions {
  /** Path of the EndpointPickerConfig in the container. */
  readonly configPath: string;
  readonly logLevel: RouterLogLevel;
  readonly tracing: boolean;
}

/** The command line of the router, in upstream's order. */
export function routerArgs(plan: RouterPlan, options: RouterArgsOptions): string[] {
  return [
    ...poolArgs(plan),
    ...['--zap-encoder', 'json'],
    ...['--config-file', options.configPath],
    ...(plan.leaderElection ? ['--ha-enable-leader-election'] : []),
    ...['--grpc-health-port', String(ROUTER_PORTS.health)],
    `--v=${VERBOSITY[options.logLevel]}`,
    ...renderFlags(plan.flags),
    ...(plan.secureServing ? [] : ['--secure-serving=false']),
    ...(plan.facts.experimental && plan.image.schemaVersion !== UNGATED ? ['--allow-experimental-plugins=true'] : []),
    `--tracing=${options.tracing}`,
    ...(plan.metricsAuth ? [] : ['--metrics-endpoint-auth=false']),
  ];
}

function poolArgs(plan: RouterPlan): string[] {
  const { servers } = plan;
  if (plan.mode === 'selector') {
    const selector = Object.entries(servers.poolLabels).map(([key, value]) => `${key}=${value}`);
    return ['--endpoint-selector', selector.join(','), '--endpoint-target-ports', servers.targetPorts.join(',')];
  }
  // Where no namespace is known at synth, the kubelet writes that of the pod.
  const namespace = plan.namespace ?? '$(NAMESPACE)';
  return ['--pool-name', plan.poolName, '--pool-namespace', namespace, '--pool-group', groupOf(API.inference)];
}
