import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { EffectiveConfig } from 'llm-d-epp-config';
import type { Flags } from '../config/flags';
import type { ObjectWatch } from '../datalayer/types';
import { clusterClient } from '../kubernetes/cluster-client';
import { ClusterPool } from '../kubernetes/cluster-pool';
import { LeaderElection } from '../kubernetes/leader-election';
import { metricsAuthorizer } from '../kubernetes/metrics-authorizer';
import { NamedPool } from '../kubernetes/named-pool';
import { NamespaceObjectWatch } from '../kubernetes/object-watch';
import { deploymentOf, SelectorPool } from '../kubernetes/selector-pool';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Pool } from '../request-control/pool';
import type { LabelLimits } from '../telemetry/bounded-label';
import type { MetricsAuthorizer } from '../telemetry/metrics-server';

/** Where endpoints, objectives and rewrites come from, and what else a cluster gives. */
export interface PoolSource {
  readonly pool: Pool;
  /** Starts what watches. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether this replica may serve; always true without leader election. */
  leads(): boolean;
  /** Gives the lease back, so that another replica leads. */
  resign(): Promise<void>;
  /** @default - no cluster: nobody is asked */
  readonly authorizer?: MetricsAuthorizer;
  /** @default - no cluster */
  readonly objectWatch?: ObjectWatch;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Name and namespace of the pool, for metrics and, in a cluster, for watches. */
export function poolIdentity(flags: Flags, env: Env): { readonly name: string; readonly namespace: string; readonly group: string } {
  const namespace = flags.text('pool-namespace') || env.NAMESPACE || 'default';
  const name = flags.text('pool-name') || deploymentOf(env.POD_NAME ?? hostname());
  return { name, namespace, group: flags.text('pool-group') };
}

/**
 * Chooses the source: a file where the configuration names a discovery plugin, else the pods of a label selector or of an InferencePool.
 * @throws Error when a cluster is needed and there is none
 */
export async function createPoolSource(
  flags: Flags,
  env: Env,
  config: EffectiveConfig,
  table: EndpointTable,
  limits: LabelLimits,
  clock: Clock,
  log: Log,
): Promise<PoolSource> {
  const { name, namespace, group } = poolIdentity(flags, env);
  if (config.dataLayer.discovery !== undefined) return withoutCluster(new NamedPool(name, namespace));
  const client = await clusterClient(env);
  const selector = flags.text('endpoint-selector');
  const ports = flags.list('endpoint-target-ports').map(Number);
  const pool =
    selector === ''
      ? new ClusterPool(client, { name, group }, namespace, table, log, (model) => limits.models.pin(model))
      : new SelectorPool(client, name, namespace, selector, ports, table, log);
  const lease = `epp-${namespace}-${name}.llm-d.ai`;
  const election = flags.flag('ha-enable-leader-election')
    ? new LeaderElection(client, namespace, lease, replicaIdentity(env), clock, log)
    : undefined;
  return {
    pool,
    start: async () => {
      election?.start();
      pool.start();
    },
    stop: async () => {
      await Promise.all([pool.stop(), election?.stop()]);
    },
    leads: () => election?.leads() ?? true,
    resign: async () => election?.stop(),
    authorizer: metricsAuthorizer(client, clock),
    objectWatch: new NamespaceObjectWatch(client, namespace, log),
  };
}

/**
 * Who holds the lease. The name of a pod is unique, so that a router whose container was restarted leads on at once; the name of a host is
 * not, as pods may share its network.
 */
const replicaIdentity = ({ POD_NAME: pod }: Env): string => (pod ? `${pod}_${process.pid}` : `${hostname()}_${randomUUID()}`);

function withoutCluster(pool: Pool): PoolSource {
  const nothing = async (): Promise<void> => undefined;
  return { pool, start: nothing, stop: nothing, leads: () => true, resign: nothing };
}
