import { finding } from '../findings';
import { fields } from '../model';
import { describeNamespace, type Rule } from './rule';

/** Servers that nothing sends requests to. */
export const unroutedServers: Rule = ({ servers, routers, gateways, pools }) => {
  const routed = new Set([
    ...routers.map((router) => router.servers.path),
    ...gateways.flatMap(({ routes }) => routes.flatMap((route) => route.pools.map((pool) => pool.servers))),
    ...pools.flatMap(({ pods }) => pods.flatMap(({ workload }) => workload.servers?.path ?? [])),
  ]);
  return servers.filter(({ path }) => !routed.has(path)).map(({ path, name }) => finding('LLMD314', path, { servers: `"${name}"` }));
};

/** Servers that two gateways send requests to: each would write a pool and a router of the same name. */
export const routedTwice: Rule = ({ gateways }) => {
  const first = new Map<string, (typeof gateways)[number]>();
  return gateways.flatMap((gateway) =>
    gateway.routes
      .flatMap(({ pools }) => pools)
      .flatMap((pool) => {
        const other = first.get(pool.servers) ?? gateway;
        first.set(pool.servers, other);
        return other === gateway ? [] : [finding('LLMD601', pool.path, { servers: pool.name, gateway: other.name })];
      }),
  );
};

/** V45: an objective names a pool of its namespace. */
export const objectives: Rule = (model) => {
  const pools = new Map<string, string[]>();
  for (const { namespace, name } of model.ofKind('InferencePool')) {
    pools.set(namespace ?? '', [...(pools.get(namespace ?? '') ?? []), name]);
  }
  return model.ofKind('InferenceObjective').flatMap(({ path, name, namespace, json }) => {
    const pool = String(fields(fields(json.spec).poolRef).name);
    const known = pools.get(namespace ?? '') ?? [];
    // Without any pool in the namespace, the pools are those of another app.
    return known.length === 0 || known.includes(pool)
      ? []
      : [
          finding('LLMD617', path, {
            objective: name,
            pool,
            namespace: describeNamespace(namespace),
            allowed: known.map((one) => `"${one}"`).join(', '),
          }),
        ];
  });
};
