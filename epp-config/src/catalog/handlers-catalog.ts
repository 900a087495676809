import { deciderParameter, disaggregationPlan, flatDisaggregationFields, parseStageOrder } from '../disaggregation';
import { type JsonObject, own, show } from '../json';
import { alpha, deprecated, ignoresParameters, type PluginReference, type PluginSpec, plugin, reads } from '../plugin-spec';
import { integer, type ObjectRule, object, text } from '../schema';

const flatFields = Object.keys(flatDisaggregationFields) as (keyof typeof flatDisaggregationFields)[];

const oneFormat: ObjectRule = (parameters) => {
  const nested = ['profiles', 'deciders'].filter((name) => own(parameters, name) !== undefined);
  const flat = flatFields.filter((name) => own(parameters, name) !== undefined);
  if (nested.length === 0 || flat.length === 0) return [];
  return flat.map((name) => ({
    field: name,
    message: `${name} belongs to the older flat format, but ${nested.join(' and ')} of the nested one is also given; write ${flatDisaggregationFields[name]} instead`,
  }));
};

const stageOrderRule: ObjectRule = (parameters) => {
  const given = own(parameters, 'stageOrder');
  if (typeof given !== 'string') return [];
  const order = parseStageOrder(given);
  if (order === undefined) {
    return [{ field: 'stageOrder', code: 'EPP005', message: `${show(given)} is not allowed, write "decode-first" or "prefill-first"` }];
  }
  if (order === 'decode-first' || disaggregationPlan(parameters).deciders.prefill === undefined) return [];
  return [
    {
      field: deciderParameter(parameters, 'prefill'),
      message: 'a prefill decider is not supported by stageOrder "prefill-first", remove it',
    },
  ];
};

const deciderReferences = (parameters: JsonObject): readonly PluginReference[] => {
  const { deciders } = disaggregationPlan(parameters);
  return (['prefill', 'encode'] as const).flatMap((stage) => {
    const name = deciders[stage];
    return name === undefined ? [] : [{ parameter: deciderParameter(parameters, stage), name, kind: 'decider' as const }];
  });
};

const deprecatedFlat = (field: keyof typeof flatDisaggregationFields) =>
  text({ deprecated: `write ${flatDisaggregationFields[field]} instead` });
const stageProfiles = { prefillProfile: text({ default: 'prefill' }), encodeProfile: text({ default: 'encode' }) } as const;
const disaggregatedData = [reads('PrefixCacheMatchInfo'), reads('TokenizedPrompt')];

/** Profile handlers, header handlers, deciders and pickers. Source: llm-d-router v0.10.0, `scheduling`. */
export const handlers: readonly PluginSpec[] = [
  plugin('single-profile-handler', 'profile-handler', 'runs the only profile', ignoresParameters),
  plugin('disagg-profile-handler', 'profile-handler', 'runs decode, prefill and encode profiles as their deciders say', {
    parameters: {
      stageOrder: text({ default: 'decode-first', since: 'v0.10.0' }),
      profiles: object({ decode: text({ default: 'decode' }), prefill: text({ default: 'prefill' }), encode: text({ default: 'encode' }) }),
      deciders: object({ prefill: text(), encode: text() }),
      ...Object.fromEntries(flatFields.map((field) => [field, deprecatedFlat(field)])),
    },
    rules: [oneFormat, stageOrderRule],
    consumes: disaggregatedData,
    references: deciderReferences,
  }),
  plugin('pd-profile-handler', 'profile-handler', 'older handler of decode and prefill', {
    ...deprecated('disagg-profile-handler', 'v0.9.0'),
    parameters: {
      decodeProfile: text({ default: 'decode' }),
      prefillProfile: text({ default: 'prefill' }),
      prefixPluginType: text({ deprecated: 'the router ignores it, remove it' }),
      prefixPluginName: text({ deprecated: 'the router only looks whether that plugin exists, remove it' }),
      primaryPort: integer({ min: 0, max: 65535, default: 0 }),
      deciderPluginName: text({ default: 'prefix-based-pd-decider' }),
      prefixMatchInfoProducerName: text(),
    },
    consumes: [reads('PrefixCacheMatchInfo', 'prefixMatchInfoProducerName'), reads('TokenizedPrompt')],
    references: (parameters) => [
      { parameter: 'deciderPluginName', name: String(own(parameters, 'deciderPluginName') || 'prefix-based-pd-decider'), kind: 'decider' },
    ],
  }),
  plugin('data-parallel-profile-handler', 'profile-handler', 'runs the only profile and sends every request to one port of the pod', {
    ...deprecated('single-profile-handler'),
    parameters: { primaryPort: integer({ min: 0, max: 65535, default: 8000 }) },
  }),
  plugin('header-profile-handler', 'profile-handler', 'runs the profile that a request header names', {
    ...alpha('v0.10.0'),
    parameters: { headerName: text({ default: 'EPP-Profile' }), defaultProfile: text({ default: 'decode' }) },
  }),
  plugin(
    'disagg-headers-handler',
    'headers-handler',
    'writes the prefill and encode headers, which disagg-profile-handler now does itself',
    {
      ...deprecated('disagg-profile-handler', 'v0.11.0'),
      parameters: stageProfiles,
    },
  ),
  plugin('prefill-header-handler', 'headers-handler', 'older name of disagg-headers-handler', {
    ...deprecated('disagg-profile-handler', 'v0.11.0'),
    parameters: stageProfiles,
  }),
  plugin('always-disagg-pd-decider', 'decider', 'always disaggregates prefill', ignoresParameters),
  plugin('prefix-based-pd-decider', 'decider', 'disaggregates prefill when enough of the prompt is not cached', {
    parameters: { nonCachedTokens: integer({ min: 0, default: 0 }), promptTokens: integer({ min: 0, default: 0, since: 'v0.10.0' }) },
  }),
  plugin('always-disagg-multimodal-decider', 'decider', 'disaggregates encoding of every prompt with media', ignoresParameters),
  ...(['max-score-picker', 'random-picker', 'weighted-random-picker'] as const).map((type) =>
    plugin(
      type,
      'picker',
      { 'max-score-picker': 'takes the highest score', 'random-picker': 'takes any endpoint', 'weighted-random-picker': 'draws by score' }[
        type
      ],
      { parameters: { maxNumOfEndpoints: integer({ default: 1 }) }, rules: [endpointCountRule] },
    ),
  ),
];

function endpointCountRule(parameters: JsonObject): ReturnType<ObjectRule> {
  const count = own(parameters, 'maxNumOfEndpoints');
  if (typeof count !== 'number' || count > 0) return [];
  return [{ field: 'maxNumOfEndpoints', code: 'EPP015', message: `${count} is replaced by 1, write a number above 0` }];
}
