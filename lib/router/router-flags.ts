import { checkRouterFlags } from 'llm-d-epp-config';
import type { RouterSchemaVersion } from '../routing/render-config';
import { ensure } from '../validation/error';

/** Flags of the router by name, without the leading dashes. */
export type RouterFlags = Readonly<Record<string, string | number | boolean>>;

/** Flags that this library sets, and what to change instead. */
const MANAGED: Readonly<Record<string, string>> = {
  'allow-experimental-plugins': 'it follows from `strategy`, remove it',
  'config-file': 'set `strategy`',
  'config-text': 'set `strategy`',
  'endpoint-selector': 'it follows from `servers` and `mode`, remove it',
  'endpoint-target-ports': 'it follows from `servers` and `mode`, remove it',
  'grpc-health-port': 'the ports of the router are fixed, remove it',
  'grpc-port': 'the ports of the router are fixed, remove it',
  'ha-enable-leader-election': 'set `leaderElection`',
  'metrics-endpoint-auth': 'set `metricsAuth`',
  'metrics-port': 'the ports of the router are fixed, remove it',
  'pool-group': 'it follows from `servers` and `mode`, remove it',
  'pool-name': 'it follows from `servers` and `mode`, remove it',
  'pool-namespace': 'it follows from `servers` and `mode`, remove it',
  'secure-serving': 'set `secureServing`',
  tracing: 'set `tracing`',
  v: 'set `logLevel`',
  'zap-encoder': 'logs are always JSON, remove it',
};

/**
 * Throws when the router would not start with the `flags` of a user: LLMD549 for one that this library sets, LLMD548 for one that
 * `version` does not know, for a value that it cannot parse, or for two that exclude each other.
 */
export function checkFlags(flags: RouterFlags, version: RouterSchemaVersion, metricsAuth: boolean): void {
  for (const flag of Object.keys(flags)) {
    ensure(!Object.hasOwn(MANAGED, flag), 'LLMD549', { flag, change: MANAGED[flag] ?? '' });
  }
  const managed = { 'pool-name': 'pool', 'metrics-endpoint-auth': metricsAuth };
  const { issues } = checkRouterFlags({ ...flags, ...managed }, { version });
  const problems = issues.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  ensure(problems.length === 0, 'LLMD548', { version, problems: problems.join('; ') });
}

/** The flags as arguments, `--name=value`, ordered by name. */
export function renderFlags(flags: RouterFlags): string[] {
  return Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([flag, value]) => `--${flag}=${value}`);
}
