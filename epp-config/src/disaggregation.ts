import { isObject, type JsonObject, own } from './json';

/** What disagg-profile-handler does, whichever of its two parameter formats was written. */
export interface DisaggregationPlan {
  /** Which stage is scheduled first. */
  readonly stageOrder: 'decode-first' | 'prefill-first';
  /** Profile of each stage. */
  readonly profiles: { readonly decode: string; readonly prefill: string; readonly encode: string };
  /** Plugin that decides on the prefill and encode stage; a stage without one never runs (prefill-first: always). */
  readonly deciders: {
    /** @default - the prefill stage never runs (prefill-first: always) */
    readonly prefill?: string;
    /** @default - the encode stage never runs */
    readonly encode?: string;
  };
}

/** Path of each decider parameter and the stage it decides on, by format. */
const nestedDeciders = { prefill: 'deciders.prefill', encode: 'deciders.encode' } as const;
const flatNames = [
  'decodeProfile',
  'prefillProfile',
  'encodeProfile',
  'prefillDeciderPluginName',
  'encodeDeciderPluginName',
  'deciderPluginName',
] as const;

/** Deprecated flat parameters and what replaces them. Source: llm-d-router v0.10.0. */
export const flatDisaggregationFields: Readonly<Record<(typeof flatNames)[number], string>> = {
  decodeProfile: 'profiles.decode',
  prefillProfile: 'profiles.prefill',
  encodeProfile: 'profiles.encode',
  prefillDeciderPluginName: 'deciders.prefill',
  encodeDeciderPluginName: 'deciders.encode',
  deciderPluginName: 'deciders.prefill',
};

/** Stage order of a word: case, `-` and `_` do not matter; undefined when it is none. */
export function parseStageOrder(given: string): DisaggregationPlan['stageOrder'] | undefined {
  const folded = given.toLowerCase().replace(/[-_]/g, '');
  if (['', 'decodefirst', 'decode'].includes(folded)) return 'decode-first';
  return ['prefillfirst', 'prefill'].includes(folded) ? 'prefill-first' : undefined;
}

/** Reads the parameters of a disagg-profile-handler with defaults applied. */
export function disaggregationPlan(parameters: JsonObject): DisaggregationPlan {
  const prefillDecider =
    at(parameters, 'deciders', 'prefill') ?? at(parameters, 'prefillDeciderPluginName') ?? at(parameters, 'deciderPluginName');
  const encodeDecider = at(parameters, 'deciders', 'encode') ?? at(parameters, 'encodeDeciderPluginName');
  return {
    stageOrder: parseStageOrder(at(parameters, 'stageOrder') ?? '') ?? 'decode-first',
    profiles: {
      decode: at(parameters, 'profiles', 'decode') ?? at(parameters, 'decodeProfile') ?? 'decode',
      prefill: at(parameters, 'profiles', 'prefill') ?? at(parameters, 'prefillProfile') ?? 'prefill',
      encode: at(parameters, 'profiles', 'encode') ?? at(parameters, 'encodeProfile') ?? 'encode',
    },
    deciders: {
      ...(prefillDecider === undefined ? {} : { prefill: prefillDecider }),
      ...(encodeDecider === undefined ? {} : { encode: encodeDecider }),
    },
  };
}

/** Parameter under which the decider of a stage was written, for the path of a message. */
export function deciderParameter(parameters: JsonObject, stage: 'prefill' | 'encode'): string {
  if (at(parameters, 'deciders', stage) !== undefined) return nestedDeciders[stage];
  if (stage === 'encode') return 'encodeDeciderPluginName';
  return at(parameters, 'prefillDeciderPluginName') === undefined ? 'deciderPluginName' : 'prefillDeciderPluginName';
}

function at(value: JsonObject, ...keys: readonly string[]): string | undefined {
  let current: unknown = value;
  for (const key of keys) current = isObject(current) ? own(current, key) : undefined;
  return typeof current === 'string' && current !== '' ? current : undefined;
}
