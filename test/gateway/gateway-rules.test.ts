import { checkGateway } from '../../lib/gateway/gateway-rules';
import type { GatewayPlan, PoolPlan, RoutePlan } from '../../lib/gateway/plan';
import { planMatch, type RouteMatch } from '../../lib/gateway/route-match';

function pool(name: string, modelName = name): PoolPlan {
  return { path: name, servers: `s/${name}`, name, namespace: 'llm', labels: {}, ports: [8000], modelName, weight: 1 };
}

function route(name: string, match: RouteMatch | undefined, extra: Partial<RoutePlan> = {}): RoutePlan {
  const planned = match === undefined ? undefined : planMatch(match);
  return {
    path: `g/${name}`,
    name,
    namespace: 'llm',
    match: planned,
    listener: undefined,
    pools: [pool(name)],
    endpoint: 'http://x',
    ...extra,
  };
}

function gateway(routes: readonly RoutePlan[], extra: Partial<GatewayPlan> = {}): GatewayPlan {
  const listeners = [{ name: 'default', port: 80 }];
  const admission = { from: 'Same', labels: {} } as const;
  return {
    path: 'g',
    provider: 'istio',
    standalone: false,
    name: 'gw',
    namespace: 'llm',
    existing: false,
    listeners,
    admission,
    routes,
    ...extra,
  };
}

test('two routes that take the same requests are one error, at the later one', () => {
  const [finding, ...rest] = checkGateway(gateway([route('a', {}), route('b', {})]));
  expect(rest).toEqual([]);
  expect(finding).toMatchObject({ code: 'LLMD609', severity: 'error', path: 'g/b' });
  expect(finding?.message).toContain('routes "a" and "b" of gateway "gw" take the same requests (host *, path /)');
});

test('each further rival is reported', () => {
  expect(checkGateway(gateway([route('a', {}), route('b', {}), route('c', {})])).map(({ path }) => path)).toEqual(['g/b', 'g/c']);
});

test.each([
  [{ hostname: 'a.com' }, { hostname: 'b.com' }],
  [{ pathPrefix: '/a' }, { pathPrefix: '/b' }],
  [{}, { pathPrefix: '/b' }],
  [{ modelName: 'a' }, { modelName: 'b' }],
  [{ headers: { tier: 'gold' } }, { headers: { tier: 'iron' } }],
])('%j and %j do not clash', (one, other) => {
  expect(checkGateway(gateway([route('a', one), route('b', other)]))).toEqual([]);
});

test('equal matches on different listeners do not clash, on all and one they do', () => {
  const bound = (name: string, listener: string | undefined) => route(name, {}, { listener });
  expect(checkGateway(gateway([bound('a', 'http'), bound('b', 'https')]))).toEqual([]);
  expect(checkGateway(gateway([bound('a', undefined), bound('b', 'https')])).map(({ code }) => code)).toEqual(['LLMD609']);
});

test('standalone models have endpoints of their own, so nothing clashes', () => {
  expect(checkGateway(gateway([route('a', undefined), route('b', undefined)], { standalone: true, listeners: [] }))).toEqual([]);
});

test('a host name that no listener takes is an error', () => {
  const listeners = [{ name: 'a', port: 80, hostname: 'a.com' }];
  const [finding] = checkGateway(gateway([route('r', { hostname: 'b.com' })], { listeners }));
  expect(finding).toMatchObject({ code: 'LLMD613', severity: 'error', path: 'g/r' });
  expect(finding?.message).toContain('asks for host "b.com" on gateway "gw", whose listeners take only a.com');
});

test('only the listener to which a route is bound counts', () => {
  const listeners = [
    { name: 'a', port: 80, hostname: 'a.com' },
    { name: 'b', port: 80, hostname: 'b.com' },
  ];
  const bound = (listener: string) => gateway([route('r', { hostname: 'b.com' }, { listener })], { listeners });
  expect(checkGateway(bound('b'))).toEqual([]);
  expect(checkGateway(bound('a')).map(({ code }) => code)).toEqual(['LLMD613']);
});

test('host names on a Gateway whose listeners are unknown are not judged', () => {
  expect(checkGateway(gateway([route('r', { hostname: 'b.com' })], { existing: true, listeners: [] }))).toEqual([]);
});

test('a split over two model names is a warning', () => {
  const pools = [pool('a', 'org/a'), pool('b', 'org/b'), pool('c', 'org/a')];
  expect(checkGateway(gateway([route('s', {}, { pools })]))).toMatchObject([{ code: 'LLMD610', severity: 'warning', path: 'g/s' }]);
  expect(checkGateway(gateway([route('s', {}, { pools: [pool('a', 'm'), pool('b', 'm')] })]))).toEqual([]);
});

test('a gateway without models is a warning', () => {
  expect(checkGateway(gateway([]))).toMatchObject([{ code: 'LLMD615', severity: 'warning', path: 'g' }]);
});
