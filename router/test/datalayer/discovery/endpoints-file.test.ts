import { parseEndpointsFile } from '../../../src/datalayer/discovery/endpoints-file';

const yaml = `
endpoints:
  - name: a
    address: 10.0.0.1
    port: "8000"
    labels: { llm-d.ai/role: decode }
  - name: b
    namespace: other
    address: 10.0.0.2
    port: 8001
    unknown: ignored
`;

test('YAML is read', () => {
  expect(parseEndpointsFile(yaml, 'ipv4')).toEqual({
    endpoints: [
      {
        id: 'default/a',
        namespace: 'default',
        name: 'a',
        address: '10.0.0.1',
        port: 8000,
        metricsHost: '10.0.0.1:8000',
        labels: { 'llm-d.ai/role': 'decode' },
        rankIndex: 0,
      },
      {
        id: 'other/b',
        namespace: 'other',
        name: 'b',
        address: '10.0.0.2',
        port: 8001,
        metricsHost: '10.0.0.2:8001',
        labels: {},
        rankIndex: 0,
      },
    ],
    rejected: [],
    warnings: [],
  });
});

test('JSON is read, and names may be of any script', () => {
  const text = JSON.stringify({ endpoints: [{ name: '模型', address: '10.0.0.1', port: '1', namespace: '', labels: null }] });
  expect(parseEndpointsFile(text, 'ipv4').endpoints).toMatchObject([{ id: 'default/模型', port: 1, labels: {} }]);
});

test.each(['', '{}', 'endpoints:', 'endpoints: []', '# nothing'])('%j has no endpoints', (text) => {
  expect(parseEndpointsFile(text, 'ipv4')).toEqual({ endpoints: [], rejected: [], warnings: [] });
});

test.each([
  ['- a', /must hold an object/],
  ['just a text', /must hold an object/],
  ['endpoints: {a: b}', /"endpoints" must be a list/],
  ['endpoints: [', /./],
  ['a: &a [1]\nb: *c', /[Aa]lias/],
])('%j can not be read as a whole', (text, reason) => {
  expect(() => parseEndpointsFile(text, 'ipv4')).toThrow(reason);
});

test('a file that unfolds to something huge is refused', () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `${'abcdefghi'[i]}: &${'abcdefghi'[i]} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*${'abcdefghi'[i - 1]}`)
              .join(', ')
      }]`,
  );
  expect(() => parseEndpointsFile(`${levels.join('\n')}\nendpoints: *i\n`, 'ipv4')).toThrow(/alias/);
});

const entry = { name: 'x', address: '10.0.0.1', port: '8000' };

test.each([
  ['text', 'must be an object'],
  [{ ...entry, name: undefined }, 'name must be a text'],
  [{ ...entry, name: '' }, 'name must be a text'],
  [{ ...entry, namespace: 5 }, 'namespace must be a text'],
  [{ ...entry, address: undefined }, 'address undefined is no IPv4 address'],
  [{ ...entry, address: 'host.example' }, 'address "host.example" is no IPv4 address'],
  [{ ...entry, address: '::1' }, 'address "::1" is no IPv4 address'],
  [{ ...entry, address: '10.0.0' }, 'is no IPv4 address'],
  [{ ...entry, port: '0' }, 'port "0" is no number from 1 to 65535'],
  [{ ...entry, port: 65536 }, 'port 65536 is no number'],
  [{ ...entry, port: 80.5 }, 'port 80.5 is no number'],
  [{ ...entry, port: 'http' }, 'port "http" is no number'],
  [{ ...entry, port: undefined }, 'port undefined is no number'],
  [{ ...entry, labels: ['a'] }, 'labels must be an object'],
  [{ ...entry, labels: { version: 1.1 } }, 'label "version" must be a text, put 1.1 in quotes'],
])('%j is left out, the others are taken', (bad, reason) => {
  const { endpoints, rejected } = parseEndpointsFile(JSON.stringify({ endpoints: [{ ...entry, name: 'good' }, bad] }), 'ipv4');
  expect(endpoints.map(({ name }) => name)).toEqual(['good']);
  expect(rejected).toHaveLength(1);
  expect(rejected[0]).toMatch(/^endpoints\[1\]/);
  expect(rejected[0]).toContain(reason);
});

test('of endpoints with the same name the last counts', () => {
  const text = JSON.stringify({ endpoints: [entry, { ...entry, address: '10.0.0.9' }, { ...entry, namespace: 'other' }] });
  const { endpoints, warnings } = parseEndpointsFile(text, 'ipv4');
  expect(endpoints.map(({ id, address }) => [id, address])).toEqual([
    ['default/x', '10.0.0.9'],
    ['other/x', '10.0.0.1'],
  ]);
  expect(warnings).toEqual(['endpoints[1] (x): default/x is listed twice, the last entry counts']);
});

describe('routers of other clusters', () => {
  const read = (changes: object) => parseEndpointsFile(JSON.stringify({ endpoints: [{ ...entry, ...changes }] }), 'host');

  test.each([
    ['10.0.0.1', '10.0.0.1:8000'],
    ['fd00::1', '[fd00::1]:8000'],
    ['gateway.east.example', 'gateway.east.example:8000'],
  ])('may be at %s', (address, metricsHost) => {
    expect(read({ address }).endpoints).toMatchObject([{ address, metricsHost }]);
  });

  test('may have their metrics elsewhere', () => {
    const labels = { metricsAddress: 'metrics.example', metricsPort: '9090' };
    expect(read({ labels }).endpoints).toMatchObject([{ metricsHost: 'metrics.example:9090', labels }]);
    expect(read({ labels: { metricsAddress: 'fd00::2' } }).endpoints).toMatchObject([{ metricsHost: '[fd00::2]:8000' }]);
    expect(read({ labels: { metricsPort: '9090' } }).endpoints).toMatchObject([{ metricsHost: '10.0.0.1:8000' }]);
    expect(read({ labels: { metricsAddress: 'a', metricsPort: 'x' } }).rejected[0]).toContain('metricsAddress and metricsPort');
    expect(read({ labels: { metricsAddress: 'a b' } }).rejected[0]).toContain('metricsAddress and metricsPort');
  });

  test.each(['Upper.example', 'under_score', '-a', 'a..b', 'a b', `${'a.'.repeat(130)}a`])('can not be at %j', (address) => {
    expect(read({ address }).rejected[0]).toContain('is no IP address or host name');
  });

  test('labels about metrics mean nothing for endpoints of the own cluster', () => {
    const text = JSON.stringify({ endpoints: [{ ...entry, labels: { metricsAddress: '10.0.0.2' } }] });
    expect(parseEndpointsFile(text, 'ipv4').endpoints).toMatchObject([{ metricsHost: '10.0.0.1:8000' }]);
  });
});
