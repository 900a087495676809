import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { ModelRewrite, Pool } from '../request-control/pool';
import type { ApiClient } from './api-client';
import { installedExtensions } from './extensions';
import { type InferenceObjective, Objectives, POOL_GROUP, type PoolIdentity } from './objectives';
import { PodWatch } from './pod-watch';
import { type KubeObject, type Observer, Reflector, type Target } from './reflector';
import { type InferenceModelRewrite, Rewrites } from './rewrites';

/**
 * The fields of an InferencePool (`inference.networking.k8s.io/v1`).
 *
 * @default - of every field: absent
 */
export interface InferencePool extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetPorts?: readonly { readonly number: number }[];
    readonly appProtocol?: string;
  };
}

interface Watch {
  readonly resource: string;
  readonly reflector: { readonly synced: boolean; readonly refused: boolean; stop(): Promise<void> };
}

/** An InferencePool with its pods, objectives and rewrites, kept up to date by watches. */
export class ClusterPool implements Pool, Observer<InferencePool> {
  appProtocol?: string;
  private found = false;
  private readonly pods: PodWatch;
  private readonly objectives: Objectives;
  private readonly rewrites: Rewrites;
  private readonly abort = new AbortController();
  private poolWatch: Watch | undefined;
  /** Of objectives and rewrites; undefined until it is known which of them the cluster has. */
  private extensions: readonly Watch[] | undefined;

  constructor(
    private readonly client: ApiClient,
    private readonly identity: PoolIdentity,
    readonly namespace: string,
    table: EndpointTable,
    private readonly log: Log,
    /** Hears of every model that a rewrite rule names. */
    configuredModel: (model: string) => void = () => undefined,
  ) {
    this.pods = new PodWatch(client, table, log);
    this.objectives = new Objectives(identity);
    this.rewrites = new Rewrites(identity, configuredModel);
  }

  get name(): string {
    return this.identity.name;
  }

  /** Starts the watches; does not wait for them, `notSynced` tells when the pool is known. */
  start(): void {
    const path = `/apis/${POOL_GROUP}/v1/namespaces/${this.namespace}/inferencepools`;
    this.poolWatch = this.watch<InferencePool>('inferencepools', { path, fieldSelector: `metadata.name=${this.name}` }, this);
    void this.watchExtensions();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    const watches = [...(this.poolWatch ? [this.poolWatch] : []), ...(this.extensions ?? [])];
    await Promise.all([...watches.map(({ reflector }) => reflector.stop()), this.pods.stop()]);
  }

  notSynced(): string | undefined {
    const pool = `InferencePool ${this.namespace}/${this.name}`;
    if (!this.found) return `${pool} was not found yet`;
    if (!this.pods.synced) return `the pods of ${pool} are not listed yet`;
    if (this.extensions === undefined) return 'it is not known yet whether the cluster has objectives and rewrites';
    // One that may not be read must not take the whole service away.
    const missing = this.extensions.find(({ reflector }) => !reflector.synced && !reflector.refused);
    return missing && `the ${missing.resource} of ${this.namespace} are not listed yet`;
  }

  priorityOf(objective: string): number | undefined {
    return this.objectives.priorityOf(objective);
  }

  priorities(): readonly number[] {
    return this.objectives.all();
  }

  rewrite(model: string, random: () => number): ModelRewrite | undefined {
    return this.rewrites.rewrite(model, random);
  }

  replaced(pools: readonly InferencePool[]): void {
    const [pool] = pools;
    if (pool === undefined) this.lose();
    else this.changed(pool);
  }

  changed(pool: InferencePool): void {
    if (pool.metadata.deletionTimestamp !== undefined) {
      this.lose();
      return;
    }
    this.found = true;
    const { appProtocol } = pool.spec ?? {};
    if (appProtocol === undefined) delete this.appProtocol;
    else this.appProtocol = appProtocol;
    const labels = Object.entries(pool.spec?.selector?.matchLabels ?? {});
    this.pods.select({
      namespace: this.namespace,
      selector: labels
        .map(([label, value]) => `${label}=${value}`)
        .sort()
        .join(','),
      targetPorts: (pool.spec?.targetPorts ?? []).map(({ number }) => number),
    });
  }

  deleted(): void {
    this.lose();
  }

  private lose(): void {
    if (this.found) this.log.warn({ pool: this.name, namespace: this.namespace }, 'the InferencePool is gone, so are its endpoints');
    this.found = false;
    this.pods.clear();
  }

  private watch<T extends KubeObject>(resource: string, target: Target, observer: Observer<T>): Watch {
    const reflector = new Reflector<T>(this.client, target, observer, this.log);
    reflector.start();
    return { resource, reflector };
  }

  private async watchExtensions(): Promise<void> {
    const observers: Readonly<Record<string, Observer<InferenceObjective> | Observer<InferenceModelRewrite>>> = {
      inferenceobjectives: this.objectives,
      inferencemodelrewrites: this.rewrites,
    };
    const { signal } = this.abort;
    const paths = await installedExtensions(this.client, this.namespace, Object.keys(observers), this.log, signal);
    if (paths === undefined || signal.aborted) return;
    this.extensions = [...paths].map(([resource, path]) => this.watch(resource, { path }, observers[resource] as Observer<KubeObject>));
  }
}
