import { own, show } from '../json';
import { alpha, ignoresParameters, type PluginSpec, plugin, reads } from '../plugin-spec';
import { integer, list, number, type ObjectRule, object, type RuleBreach, text, word } from '../schema';

/** Entries of a list which repeat the `field` of an earlier entry. */
function noDuplicates(listName: string, field: string): ObjectRule {
  return (parameters) => {
    const items = own(parameters, listName);
    if (!Array.isArray(items)) return [];
    const seen = new Set<string>();
    return items.flatMap((item, index): RuleBreach[] => {
      const value = field === '' ? item : own(item ?? {}, field);
      if (typeof value !== 'string') return [];
      // Header names are compared as HTTP does.
      const key = field === 'headerName' ? value.toLowerCase() : value;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      const at = `${listName}[${index}]${field === '' ? '' : `.${field}`}`;
      return [{ field: at, message: `${show(value)} is already in the list, remove one of them` }];
    });
  };
}

const gatingNeedsRoles: ObjectRule = (gating) => {
  const mode = own(gating, 'mode');
  if (mode !== 'sum' && mode !== 'max-role') return [];
  if (own(gating, 'requireRoles') !== undefined) return [];
  return [
    { field: 'requireRoles', message: `requireRoles is missing while mode is ${show(mode)}, list the roles or set mode to "disabled"` },
  ];
};

const rejectsEarly: ObjectRule = (parameters) => {
  if (own(parameters, 'k') !== undefined || own(parameters, 'power') !== undefined) return [];
  const saturation = Math.round(100 * admitterDefaults.k ** (-1 / admitterDefaults.power));
  const message = `k and power are left at ${admitterDefaults.k} and ${admitterDefaults.power}, with which every sheddable request is rejected above about ${saturation} % saturation; write both, for example k: 1 to reject all of them only when the pool is full`;
  return [{ field: '', code: 'EPP026', message }];
};

const admitterDefaults = { k: 300, power: 5 } as const;

/** Admitters, the screener and request or response plugins. Source: llm-d-router v0.10.0, `requestcontrol`. */
export const requestPlugins: readonly PluginSpec[] = [
  plugin('latency-slo-admitter', 'admitter', 'rejects sheddable requests that no endpoint is predicted to serve in time', {
    parameters: { latencyPredictionInfoProducerName: text() },
    consumes: [reads('LatencyPredictionInfo', 'latencyPredictionInfoProducerName')],
  }),
  plugin('probabilistic-admitter', 'admitter', 'rejects sheddable requests more often the busier the pool is', {
    parameters: {
      queueDepthThreshold: integer({ above: 0, default: 5 }),
      kvCacheUtilThreshold: number({ above: 0, default: 0.8 }),
      power: number({ above: 0, default: admitterDefaults.power }),
      k: number({ above: 0, default: admitterDefaults.k }),
    },
    rules: [rejectsEarly],
  }),
  plugin('disaggregatedset-rollout-screener', 'screener', 'keeps the stages of one request on one revision of a DisaggregatedSet', {
    ...alpha('v0.10.0'),
    parameters: {
      scope: object({ labelSelector: text({ required: true }) }, { required: true }),
      headerSelectors: list(
        object({
          name: text({ required: true }),
          headerName: text({ required: true }),
          labelKey: text({ required: true }),
          mode: word(['strict', 'prefer'], { required: true }),
        }),
      ),
      revisionGating: object(
        {
          revisionLabelKey: text({ default: 'disaggregatedset.x-k8s.io/revision' }),
          roleLabelKey: text({ default: 'disaggregatedset.x-k8s.io/role' }),
          mode: word(['sum', 'max-role', 'disabled'], { required: true }),
          requireRoles: object(
            { values: list(text({ required: true }), { required: true, minItems: 1 }) },
            { rules: [noDuplicates('values', '')] },
          ),
        },
        { required: true, rules: [gatingNeedsRoles] },
      ),
    },
    rules: [noDuplicates('headerSelectors', 'name'), noDuplicates('headerSelectors', 'headerName')],
  }),
  plugin('request-attribute-reporter', 'request-plugin', 'reports a value computed from the token usage to the proxy', {
    parameters: {
      attributes: list(
        object({
          key: object({ namespace: text({ default: 'envoy.lb' }), name: text({ required: true }) }, { required: true }),
          expression: text({ required: true }),
          condition: text(),
        }),
        { required: true, minItems: 1, maxItems: 1 },
      ),
    },
  }),
  plugin('agent-identity', 'request-plugin', 'takes the identity of an agent from headers', {
    ...alpha(),
    parameters: { additionalSessionHeaders: list(text()) },
  }),
  plugin(
    'destination-endpoint-served-verifier',
    'request-plugin',
    'reports the serving endpoint; for conformance tests only',
    ignoresParameters,
  ),
];
