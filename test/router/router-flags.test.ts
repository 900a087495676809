import { checkFlags, renderFlags } from '../../lib/router/router-flags';

test('flags are written with their values, ordered by name', () => {
  expect(renderFlags({ 'enable-pprof': false, 'drain-timeout': '60s', 'cert-path': '/certs' })).toEqual([
    '--cert-path=/certs',
    '--drain-timeout=60s',
    '--enable-pprof=false',
  ]);
});

test.each([
  'config-file',
  'pool-name',
  'v',
  'tracing',
  'metrics-endpoint-auth',
  'secure-serving',
  'ha-enable-leader-election',
  'grpc-port',
])('--%s belongs to us', (flag) =>
  expect(() => checkFlags({ [flag]: 'x' }, 'v0.10.0', false)).toThrow(/LLMD549 flag ".*" is set by this library: \S/),
);

test('a misspelt flag names the one that was meant', () => {
  expect(() => checkFlags({ 'drain-timout': '60s' }, 'v0.10.0', false)).toThrow(/LLMD548 .*did you mean "drain-timeout"/);
});

test('a flag that the router does not know yet is refused', () => {
  expect(() => checkFlags({ 'drain-timeout': '60s' }, 'v0.9.0', false)).toThrow(/LLMD548 router v0.9.0 .*needs v0.10.0/);
  expect(() => checkFlags({ 'drain-timeout': '60s' }, 'v0.10.0', false)).not.toThrow();
});

test('a value that cannot be parsed is refused', () => {
  expect(() => checkFlags({ 'drain-timeout': 'soon' }, 'v0.10.0', false)).toThrow(/LLMD548/);
  expect(() => checkFlags({ 'enable-pprof': 'maybe' }, 'v0.10.0', false)).toThrow(/LLMD548/);
});

test('all problems are told at once', () => {
  expect(() => checkFlags({ nonsense: 1, 'enable-pprof': 'maybe' }, 'v0.10.0', false)).toThrow(/nonsense.*maybe/);
});

test('flags that exclude what we set are refused', () => {
  expect(() => checkFlags({ 'metrics-cert-dir': '/c' }, 'v0.10.0', false)).toThrow(/LLMD548/);
  expect(() => checkFlags({ 'metrics-cert-dir': '/c' }, 'v0.10.0', true)).not.toThrow();
});

test('words of Object.prototype are no managed flags', () => {
  expect(() => checkFlags({ constructor: 'x' }, 'v0.10.0', false)).toThrow(/LLMD548/);
});
