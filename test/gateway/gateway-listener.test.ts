import { admitsHostname, checkListeners, listenerName, renderListener } from '../../lib/gateway/gateway-listener';

const SAME = { from: 'Same', labels: {} } as const;

test('a listener without a name is named after protocol and port', () => {
  expect(listenerName({ port: 8080 })).toBe('http-8080');
  expect(listenerName({ port: 443, protocol: 'HTTPS' })).toBe('https-443');
});

test('a TLS listener ends TLS with its certificates', () => {
  const listener = renderListener(
    { port: 443, protocol: 'HTTPS', hostname: 'a.example.com', certificateRefs: [{ name: 'cert', namespace: 'tls' }] },
    SAME,
  );
  expect(listener).toEqual({
    name: 'https-443',
    port: 443,
    protocol: 'HTTPS',
    hostname: 'a.example.com',
    tls: { mode: 'Terminate', certificateRefs: [{ name: 'cert', namespace: 'tls' }] },
    allowedRoutes: { namespaces: { from: 'Same' } },
  });
});

test('admission by labels becomes a selector', () => {
  const { allowedRoutes } = renderListener({ port: 80 }, { from: 'Selector', labels: { team: 'a' } });
  expect(allowedRoutes).toEqual({ namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' } } } });
});

test.each([
  [[], /LLMD105 `listeners` is missing/],
  [[{ port: 0 }], /LLMD104 `listeners.port` is 0/],
  [[{ port: 443, protocol: 'HTTPS' as const }], /LLMD611 listener "https-443" is HTTPS with 0 certificateRefs/],
  [[{ port: 80, certificateRefs: [{ name: 'c' }] }], /LLMD611 listener "http-80" is HTTP with 1/],
  [[{ port: 80 }, { port: 80, name: 'other' }], /LLMD612 two listeners have port 80 and hostname \*/],
  [
    [
      { port: 80, name: 'a' },
      { port: 81, name: 'a' },
    ],
    /LLMD612 two listeners have name a/,
  ],
])('%j is refused', (listeners, message) => {
  expect(() => checkListeners(listeners)).toThrow(message);
});

test('one port may serve several host names', () => {
  expect(() =>
    checkListeners([
      { port: 80, name: 'a', hostname: 'a.com' },
      { port: 80, name: 'b', hostname: 'b.com' },
    ]),
  ).not.toThrow();
});

test.each([
  [undefined, 'a.com', true],
  ['a.com', undefined, true],
  ['a.com', 'a.com', true],
  ['*.a.com', 'x.a.com', true],
  ['x.a.com', '*.a.com', true],
  ['*.a.com', 'a.com', false],
  ['*.a.com', 'xa.com', false],
  ['a.com', 'b.com', false],
])('listener %s and route %s: %s', (listener, route, admitted) => {
  expect(admitsHostname({ port: 80, ...(listener === undefined ? {} : { hostname: listener }) }, route)).toBe(admitted);
});
