import { isObject, type JsonObject, own } from '../json';
import type { ParameterKeys } from '../plugin-spec';
import { list, number, type ObjectRule, object, text, word } from '../schema';

const exactlyOneSource: ObjectRule = (source) => {
  const [header, attribute] = [own(source, 'header') || undefined, own(source, 'attribute') || undefined];
  if ((header === undefined) !== (attribute === undefined)) return [];
  const given = header === undefined ? 'neither header nor attribute is' : 'header and attribute are both';
  return [{ field: '', message: `${given} set, write exactly one of them` }];
};

/** Parameters which the session affinity filter and scorer share. Source: llm-d-router v0.10.0. */
export const sessionAffinityParameters = {
  headerName: text({ removedIn: 'v0.10.0' }),
  strategy: word(['encoded_endpoint_header', 'session_id'], { default: 'encoded_endpoint_header', since: 'v0.10.0' }),
  encodedEndpointHeaderConfig: object({ header: text({ default: 'x-session-token' }) }, { since: 'v0.10.0' }),
  sessionIdConfig: object(
    {
      sources: list(object({ header: text(), attribute: text(), producer: text() }, { rules: [exactlyOneSource] }), {
        default: [{ header: 'x-session-id' }],
      }),
      // 0 counts as left out.
      evictionTtlSeconds: number({ min: 0, default: 300 }),
      evictionSweepSeconds: number({ min: 0, default: 10 }),
    },
    { since: 'v0.10.0' },
  ),
  profileName: text({ default: '' }),
} as const;

/** A block of the other strategy is accepted and ignored. */
export const sessionAffinityRules: readonly ObjectRule[] = [
  (parameters) => {
    const strategy = own(parameters, 'strategy') || 'encoded_endpoint_header';
    const unused = strategy === 'session_id' ? 'encodedEndpointHeaderConfig' : 'sessionIdConfig';
    if (!isObject(own(parameters, unused))) return [];
    return [{ field: unused, code: 'EPP015', message: `${unused} is ignored by strategy "${strategy}", remove it or change strategy` }];
  },
];

/** The session id may come from a producer, under the name which upstream gives its key. */
export function sessionAffinityKeys(parameters: JsonObject): ParameterKeys {
  const config = own(parameters, 'sessionIdConfig');
  const sources = isObject(config) ? own(config, 'sources') : undefined;
  const fromProducer = (Array.isArray(sources) ? sources.filter(isObject) : []).filter(
    (source) => own(source, 'attribute') === 'SessionIDDataKey',
  );
  return {
    consumes: fromProducer.map((source) => ({ key: 'SessionID', producer: String(own(source, 'producer') ?? ''), optional: true })),
  };
}
