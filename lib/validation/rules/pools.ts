import { type Finding, finding } from '../findings';
import { describeSelector } from '../label-index';
import type { PodView, PoolView, SynthModel, Workload } from '../model';
import { describeNamespace, describePorts, portsOf, type Rule } from './rule';

/** V18: a pool selects pods of its servers, and no other pods. */
export const poolSelection: Rule = (model) => {
  const contributed = new Set(model.servers.map(({ path }) => path));
  const populated = new Set(model.workloads.filter(({ router }) => router === undefined).map(({ object }) => object.namespace ?? ''));
  return model.pools.flatMap((pool) => {
    // The pods of a pool of the user, or of servers that are only a plan, may come from another app.
    const here = pool.router === undefined ? populated.has(pool.namespace ?? '') : contributed.has(pool.router.servers.path);
    if (pool.pods.length === 0) {
      return here ? [nothing(pool)] : [];
    }
    return strangersOf(pool).map(({ object }) =>
      finding('LLMD303', pool.path, {
        pool: pool.name,
        kind: object.kind,
        workload: object.name,
        selector: describeSelector(pool.selector),
      }),
    );
  });
};

function nothing(pool: PoolView): Finding {
  return finding('LLMD302', pool.path, {
    pool: pool.name,
    selector: describeSelector(pool.selector),
    namespace: describeNamespace(pool.namespace),
  });
}

function listens(pod: PodView, ports: readonly number[]): boolean {
  const numbers = new Set(portsOf(pod.running).map(({ number }) => number));
  return ports.every((port) => numbers.has(port));
}

/** Pods that serve no model: of this library but of no role, or of the user beside our own and without the pool's ports. */
function strangersOf(pool: PoolView): readonly Workload[] {
  const own = pool.pods.some(({ workload }) => workload.role !== undefined);
  const strangers = pool.pods.filter((pod) => pod.workload.role === undefined && (pod.workload.ours || (own && !listens(pod, pool.ports))));
  return [...new Set(strangers.map(({ workload }) => workload))];
}

/** V25: every pod that a pool selects listens on all ports of the pool. */
export const targetPorts: Rule = ({ pools }) =>
  pools.flatMap((pool) => {
    const strangers = new Set(strangersOf(pool));
    return pool.pods
      .filter(({ workload }) => !strangers.has(workload))
      .flatMap((pod) => {
        const declared = portsOf(pod.running);
        const missing = pool.ports.filter((port) => !declared.some(({ number }) => number === port));
        return missing.map((port) =>
          finding('LLMD307', pool.path, { pool: pool.name, port, workload: pod.workload.object.name, allowed: describePorts(declared) }),
        );
      });
  });

/** V19: no pod is in two pools. */
export const poolOverlap: Rule = ({ pods }) => {
  const told = new Set<string>();
  return pods.flatMap(({ pools: [first, ...others], workload }) =>
    others.flatMap((second) => {
      const key = `${first?.path} ${second.path}`;
      if (first === undefined || told.has(key)) {
        return [];
      }
      told.add(key);
      const namespace = describeNamespace(second.namespace);
      return [finding('LLMD304', second.path, { first: first.name, second: second.name, namespace, workload: workload.object.name })];
    }),
  );
};

/** Roles of pods that the filter of a role keeps, as the router's filters do; `decode-filter` also keeps pods without the label. */
const KEPT_BY: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'prefill-filter': ['prefill', 'prefill-decode', 'encode-prefill', 'encode-prefill-decode', 'both'],
  'decode-filter': ['decode', 'prefill-decode', 'encode-prefill-decode', 'both', undefined],
  'encode-filter': ['encode', 'encode-prefill', 'encode-prefill-decode'],
};

const ROLE_LABEL = 'llm-d.ai/role';

/** V22: the pods carry the role labels that the routing asks for. What the plan itself lacks is LLMD511. */
export const roleLabels: Rule = (model) =>
  model.pools.flatMap((pool) => {
    const { router, pods } = pool;
    if (router === undefined || pods.length === 0) {
      return [];
    }
    const labels = [...new Set(pods.map((pod) => pod.labels[ROLE_LABEL]))];
    const planned = router.servers.roles.map(({ role }) => role);
    return filtersOf(router.config).flatMap((filter) => {
      const kept = KEPT_BY[filter] ?? [];
      const role = filter.replace('-filter', '');
      return planned.some((one) => kept.includes(one)) && !labels.some((label) => kept.includes(label))
        ? [finding('LLMD315', pool.path, { pool: pool.name, role, allowed: labels.map((label) => label ?? '(none)').join(' and ') })]
        : [];
    });
  });

function filtersOf(config: NonNullable<PoolView['router']>['config']): readonly string[] {
  const types = new Map((config.plugins ?? []).map(({ name, type }) => [name ?? type, type]));
  const used = (config.schedulingProfiles ?? []).flatMap((profile) => (profile.plugins ?? []).map(({ pluginRef }) => types.get(pluginRef)));
  return Object.keys(KEPT_BY).filter((filter) => used.includes(filter));
}

/** V23: pods of an engine whose metrics are not named as vLLM's say so. */
export const engineLabels: Rule = ({ pools }: SynthModel) =>
  pools.flatMap(({ pods }) =>
    pods.flatMap(({ workload, labels }) => {
      const engine = workload.servers?.engineType;
      const given = labels['llm-d.ai/engine-type'];
      return engine === undefined || (given ?? 'vllm') === engine
        ? []
        : [finding('LLMD316', workload.object.path, { workload: workload.object.name, engine, given: given ?? '(none)' })];
    }),
  );
