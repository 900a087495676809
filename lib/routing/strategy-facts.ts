import { pluginCatalog } from 'llm-d-epp-config';
import type { Role } from '../values/plan';
import {
  APPROX_PRODUCER,
  INFLIGHT_PRODUCER,
  PRECISE_TYPES,
  type StrategyParts,
  TOKEN_PRODUCER,
  type UsedPlugin,
  usedPlugins,
} from './strategy-parts';

/** Roles that a strategy looks for by a filter of its own. */
export function rolesOf(parts: StrategyParts): readonly Role[] {
  const types = new Set(usedPlugins(parts).map(({ type }) => type));
  const roles: readonly Role[] = ['encode', 'prefill', 'decode'];
  return roles.filter((role) => types.has(`${role}-filter`));
}

/** True when a plugin reads the KV-cache events that the servers publish. */
export function readsKvEvents(parts: StrategyParts): boolean {
  return usedPlugins(parts).some(({ type }) => PRECISE_TYPES.has(type));
}

/** True when the router asks a tokenizer whose URL the strategy does not say. */
export function needsTokenizer(parts: StrategyParts): boolean {
  return usedPlugins(parts).some(({ type, parameters }) => {
    const vllm = parameters.vllm as { readonly url?: string } | undefined;
    return type === TOKEN_PRODUCER && (vllm !== undefined || parameters.modelName !== undefined) && vllm?.url === undefined;
  });
}

const PREDICTION_TYPES: ReadonlySet<string> = new Set([
  'predicted-latency-producer',
  'latency-scorer',
  'slo-headroom-tier-filter',
  'latency-slo-admitter',
]);

/** True when a plugin reads predictions: a latency plugin, or an affinity filter that weighs predicted times. */
export function needsLatencyPredictor(parts: StrategyParts): boolean {
  return usedPlugins(parts).some(({ type, parameters }) => PREDICTION_TYPES.has(type) || parameters.ttftSource === 'latencyPredictor');
}

/** True when the gate of flow control is open. */
export function usesFlowControl(parts: StrategyParts): boolean {
  const gates = parts.config?.featureGates ?? [];
  return parts.flowControl !== undefined || gates.some((gate) => /^\s*flowControl\s*(=\s*(1|t|true)\s*)?$/i.test(gate));
}

/** True when a plugin is Alpha, which router v0.10.0 starts only with `--allow-experimental-plugins`. */
export function isExperimental(parts: StrategyParts): boolean {
  return usedPlugins(parts).some(({ type }) => pluginCatalog.get(type)?.stability === 'alpha');
}

// What these learn from the requests of one router is unknown to a second one. `no-hit-lru-scorer` remembers too, but two routers that
// remember differently still spread cold requests.
const LEARNING_TYPES: ReadonlySet<string> = new Set([
  APPROX_PRODUCER,
  INFLIGHT_PRODUCER,
  'active-request-scorer',
  'token-load-scorer',
  'concurrency-detector',
  'predicted-latency-producer',
  'latency-scorer',
]);
// These read the approximate index, which the router starts by itself, unless they are bound to another producer.
const PREFIX_READERS: ReadonlySet<string> = new Set(['prefix-cache-scorer', 'prefix-cache-affinity-filter', 'prefix-based-pd-decider']);

/** True when decisions rest on what this one router has seen, so that a second active replica would decide otherwise. */
export function isStateful(parts: StrategyParts): boolean {
  const plugins = usedPlugins(parts);
  const precise = new Set(plugins.filter(({ type }) => PRECISE_TYPES.has(type)).map(({ name }) => name));
  const learns = ({ type, parameters }: UsedPlugin) =>
    LEARNING_TYPES.has(type) ||
    (PREFIX_READERS.has(type) && !precise.has(String(parameters.prefixMatchInfoProducerName))) ||
    parameters.strategy === 'session_id';
  return usesFlowControl(parts) || plugins.some(learns);
}
