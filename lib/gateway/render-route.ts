import type { Duration } from 'cdk8s';
import type { HttpRouteBackend, HttpRouteProps } from '../manifests/http-route';
import { checkMethod } from '../util/check';
import { GATEWAY_GROUP, INFERENCE_GROUP } from './api-groups';
import { type GatewayBinding, gatewayNamespace, isForeign } from './gateway-binding';
import type { PoolPlan, RouteMatchPlan } from './plan';
import { prefixFilters, renderMatch } from './route-match';

/** What an HTTPRoute is made of. */
export interface RouteRendering {
  readonly binding: GatewayBinding;
  readonly namespace: string | undefined;
  readonly listener: string | undefined;
  readonly match: RouteMatchPlan;
  readonly requestTimeout: Duration | undefined;
  readonly pools: readonly PoolPlan[];
}

/** The `spec` of an HTTPRoute with one rule, which sends what `match` selects to the pools by their weights. */
export function renderRoute(route: RouteRendering): HttpRouteProps['spec'] {
  const { binding, match } = route;
  const namespace = gatewayNamespace(
    binding,
    route.pools.map((pool) => pool.namespace),
  );
  const timeouts = binding.provider.traits?.routeTimeouts === true;
  return {
    parentRefs: [
      {
        group: GATEWAY_GROUP,
        kind: 'Gateway',
        name: binding.name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(route.listener === undefined ? {} : { sectionName: route.listener }),
      },
    ],
    ...(match.hostname === undefined ? {} : { hostnames: [match.hostname] }),
    rules: [
      {
        matches: [renderMatch(match)],
        ...prefixFilters(match),
        backendRefs: route.pools.map((pool) => backendOf(pool, route)),
        // A limit on the request is a limit on the stream of tokens; 0s is none.
        ...(timeouts ? { timeouts: { request: gatewayDuration(route.requestTimeout) } } : {}),
      },
    ],
  };
}

function backendOf(pool: PoolPlan, route: RouteRendering): HttpRouteBackend {
  return {
    group: INFERENCE_GROUP,
    kind: 'InferencePool',
    name: pool.name,
    ...(isForeign(pool.namespace, route) && pool.namespace !== undefined ? { namespace: pool.namespace } : {}),
    ...(route.pools.length > 1 ? { weight: pool.weight } : {}),
  };
}

/** A duration as the Gateway API reads it: up to four parts of at most five digits; `0s` when there is none. */
export function gatewayDuration(duration: Duration | undefined): string {
  checkMethod('requestTimeout', duration, 'toMilliseconds', 'Duration of cdk8s, e.g. Duration.minutes(5)');
  const total = duration?.toMilliseconds() ?? 0;
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(total / 3_600_000), 'h'],
    [Math.floor(total / 60_000) % 60, 'm'],
    [Math.floor(total / 1000) % 60, 's'],
    [total % 1000, 'ms'],
  ];
  const text = parts.filter(([value]) => value > 0).map(([value, unit]) => `${value}${unit}`);
  return text.length === 0 ? '0s' : text.join('');
}
