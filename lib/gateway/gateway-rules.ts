import type { Finding } from '../validation/findings';
import { finding } from '../validation/findings';
import { admitsHostname, listenerName } from './gateway-listener';
import type { GatewayPlan, RoutePlan } from './plan';
import { describeMatch } from './route-match';

/** What is wrong between the routes of one gateway, and between them and its listeners. Pure. */
export function checkGateway(gateway: GatewayPlan): readonly Finding[] {
  return [
    ...emptiness(gateway),
    ...overlaps(gateway),
    ...gateway.routes.flatMap((route) => [...hostnames(gateway, route), ...models(route)]),
  ];
}

function emptiness(gateway: GatewayPlan): readonly Finding[] {
  return gateway.routes.length === 0 ? [finding('LLMD615', gateway.path, { gateway: gateway.name })] : [];
}

function overlaps(gateway: GatewayPlan): readonly Finding[] {
  const found: Finding[] = [];
  const first = new Map<string, RoutePlan[]>();
  for (const route of gateway.routes) {
    if (route.match === undefined) {
      continue;
    }
    const key = JSON.stringify([route.match.hostname ?? null, route.match.pathPrefix, route.match.headers]);
    const rivals = first.get(key) ?? [];
    const rival = rivals.find(({ listener }) => listener === undefined || route.listener === undefined || listener === route.listener);
    if (rival !== undefined) {
      found.push(
        finding('LLMD609', route.path, { first: rival.name, second: route.name, gateway: gateway.name, match: describeMatch(route.match) }),
      );
    }
    first.set(key, [...rivals, route]);
  }
  return found;
}

function hostnames(gateway: GatewayPlan, route: RoutePlan): readonly Finding[] {
  const hostname = route.match?.hostname;
  const listeners = gateway.listeners.filter((listener) => route.listener === undefined || listenerName(listener) === route.listener);
  if (hostname === undefined || gateway.listeners.length === 0 || listeners.some((listener) => admitsHostname(listener, hostname))) {
    return [];
  }
  const taken = listeners.map((listener) => listener.hostname).join(', ');
  return [finding('LLMD613', route.path, { route: route.name, hostname, gateway: gateway.name, listeners: taken })];
}

function models(route: RoutePlan): readonly Finding[] {
  const names = [...new Set(route.pools.map(({ modelName }) => modelName))];
  return names.length > 1 ? [finding('LLMD610', route.path, { name: route.name, models: names.join(', ') })] : [];
}
