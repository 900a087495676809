import * as fc from 'fast-check';
import {
  checkEndpointPickerConfig,
  EppConfigError,
  formatIssue,
  issueCatalog,
  nearestName,
  parseEndpointPickerConfig,
  pluginCatalog,
} from 'llm-d-epp-config';
import { samples } from './plugin-samples';
import { document, issuesOf } from './support';

const types = [...pluginCatalog.keys()];
const hostileKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'plugins',
  'name',
  'type',
  'pluginRef',
  '名前',
  '',
);
// Shallow on purpose: the parser looks at most nine levels deep, and deep generators cost minutes.
const json = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(hostileKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }));

/** A document of the right shape whose values may be anything. */
const nearlyConfig = fc.record(
  {
    apiVersion: fc.oneof(fc.constant('llm-d.ai/v1alpha1'), json),
    kind: fc.oneof(fc.constant('EndpointPickerConfig'), json),
    featureGates: fc.oneof(fc.array(fc.oneof(fc.constantFrom('flowControl', 'flowControl=no', 'x'), json)), json),
    plugins: fc.oneof(
      fc.array(
        fc.record(
          {
            name: fc.oneof(fc.constantFrom('a', 'b', '__proto__', '名前'), json),
            type: fc.oneof(fc.constantFrom(...types), json),
            parameters: json,
          },
          { requiredKeys: [] },
        ),
      ),
      json,
    ),
    schedulingProfiles: fc.oneof(
      fc.array(
        fc.record(
          {
            name: json,
            plugins: fc.array(fc.record({ pluginRef: fc.oneof(fc.constantFrom('a', 'b'), json), weight: json }, { requiredKeys: [] })),
          },
          { requiredKeys: [] },
        ),
      ),
      json,
    ),
    dataLayer: json,
    flowControl: fc.oneof(
      fc.record({ maxBytes: json, priorityBands: fc.array(json), saturationDetector: json }, { requiredKeys: [] }),
      json,
    ),
    requestHandler: json,
    saturationDetector: json,
    parser: json,
  },
  { requiredKeys: [] },
);

/** A document of known types with sample parameters, which mostly parses. */
const goodConfig = fc
  .uniqueArray(fc.constantFrom(...types.filter((type) => type !== 'module')), { maxLength: 8 })
  .map((chosen) =>
    document({ plugins: chosen.map((type) => (samples[type] === undefined ? { type } : { type, parameters: samples[type] })) }),
  );

function outcome(value: unknown): unknown {
  try {
    return parseEndpointPickerConfig(value, { allowExperimental: true });
  } catch (error) {
    expect(error).toBeInstanceOf(EppConfigError);
    return (error as EppConfigError).issues;
  }
}

test.each([
  ['any JSON', json],
  ['nearly a configuration', nearlyConfig],
])('%s never throws anything but EppConfigError, and is judged the same twice', (_, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const before = JSON.stringify(value);
      expect(outcome(value)).toEqual(outcome(value));
      expect(JSON.stringify(value)).toBe(before);
    }),
    { numRuns: 500 },
  );
});

test('every message is one line, starts in lower case or with a quoted word, and does not end with a full stop', () => {
  fc.assert(
    fc.property(nearlyConfig, (value) => {
      for (const { code, message, severity } of issuesOf(value)) {
        expect(message).not.toMatch(/\n|\.$|^[A-Z][a-z]+ [a-z]/);
        expect(severity).toBe(issueCatalog[code].severity);
      }
    }),
    { numRuns: 500 },
  );
});

test('parsing the normalised configuration again changes nothing', () => {
  let parsed = 0;
  fc.assert(
    fc.property(goodConfig, (value) => {
      if (issuesOf(value, { allowExperimental: true }).some((issue) => issue.severity === 'error')) return;
      parsed++;
      const first = parseEndpointPickerConfig(value, { allowExperimental: true });
      const second = parseEndpointPickerConfig(first.config, { allowExperimental: true });
      expect(second).toEqual(first);
    }),
    { numRuns: 500 },
  );
  expect(parsed).toBeGreaterThan(20);
});

test('a parsed configuration does not change with what it was parsed from', () => {
  const value = { ...document({}), plugins: [{ type: 'max-score-picker', parameters: { maxNumOfEndpoints: 1 } }] };
  const { config } = parseEndpointPickerConfig(value);
  value.plugins[0]!.parameters.maxNumOfEndpoints = 2;
  expect(config.plugins[0]!.parameters).toEqual({ maxNumOfEndpoints: 1 });
});

test('the error lists every issue, one a line', () => {
  const value = document({ plugins: [{ type: 'que-scorer' }, { type: 'tokenizer' }], featureGates: ['x'] });
  const { issues } = checkEndpointPickerConfig(value);
  expect(issues.length).toBeGreaterThan(2);
  expect(() => parseEndpointPickerConfig(value)).toThrow(issues.map(formatIssue).join('\n'));
});

describe('10,000 plugins', () => {
  const many = (entry: (index: number) => unknown) => document({ plugins: Array.from({ length: 10000 }, (_, index) => entry(index)) });

  test.each([
    ['good', many((index) => ({ name: `q${index}`, type: 'queue-scorer' }))],
    ['unknown', many((index) => ({ type: `queue-scorer${index}` }))],
    ['empty', many(() => ({}))],
    [
      'with unresolved producers',
      many((index) => ({ name: `s${index}`, type: 'prefix-cache-scorer', parameters: { prefixMatchInfoProducerName: `p${index}` } })),
    ],
    [
      'in one chain',
      many((index) => ({ name: `h${index}`, type: 'disagg-profile-handler', parameters: { deciders: { prefill: `h${index + 1}` } } })),
    ],
  ])('%s are judged within seconds', (_, value) => {
    const start = performance.now();
    checkEndpointPickerConfig(value);
    expect(performance.now() - start).toBeLessThan(10000);
  });
});

describe('nearestName', () => {
  test.each([
    ['queue_scorer', 'queue-scorer'],
    ['QueueScorer', 'queue-scorer'],
    ['queeu-scorer', 'queue-scorer'],
    ['zzz', undefined],
    ['', undefined],
  ])('%s -> %s', (given, wanted) => {
    expect(nearestName(given, types)).toBe(wanted);
  });

  test('very long words are not searched', () => {
    expect(nearestName('x'.repeat(1000), types)).toBeUndefined();
  });

  test('a known word is its own nearest', () => {
    for (const type of types) expect(nearestName(type, types)).toBe(type);
  });
});
