import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { ModelRewrite, Pool } from '../request-control/pool';
import type { ApiClient } from './api-client';
import { type InferenceObjective, Objectives, type PoolIdentity } from './objectives';
import { PodWatch } from './pod-watch';
import { type KubeObject, type Observer, Reflector } from './reflector';
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

const EXTENSION_VERSION = 'v1alpha2';
/** Groups that InferenceObjective and InferenceModelRewrite may be in; the first that is installed counts. */
const EXTENSION_GROUPS = ['llm-d.ai', 'inference.networking.x-k8s.io'];

/** An InferencePool with its pods, objectives and rewrites, kept up to date by watches. */
export class ClusterPool implements Pool, Observer<InferencePool> {
  appProtocol?: string;
  private found = false;
  private readonly pods: PodWatch;
  private readonly objectives: Objectives;
  private readonly rewrites: Rewrites;
  private readonly reflectors: Reflector<KubeObject>[] = [];

  constructor(
    private readonly client: ApiClient,
    private readonly identity: PoolIdentity,
    readonly namespace: string,
    table: EndpointTable,
    private readonly log: Log,
  ) {
    this.pods = new PodWatch(client, table, log);
    this.objectives = new Objectives(identity);
    this.rewrites = new Rewrites(identity);
  }

  get name(): string {
    return this.identity.name;
  }

  /** Starts the watches; resolves at once, `notSynced` tells when the pool is known. */
  async start(): Promise<void> {
    const { group, name } = this.identity;
    this.watch<InferencePool>(group, 'v1', 'inferencepools', this, `metadata.name=${name}`);
    const extension = await this.extensionGroup();
    if (extension === undefined) return;
    this.watch<InferenceObjective>(extension, EXTENSION_VERSION, 'inferenceobjectives', this.objectives);
    this.watch<InferenceModelRewrite>(extension, EXTENSION_VERSION, 'inferencemodelrewrites', this.rewrites);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.reflectors.map((reflector) => reflector.stop()), this.pods.stop()]);
  }

  notSynced(): string | undefined {
    if (!this.found) return `InferencePool ${this.namespace}/${this.name} was not found yet`;
    return this.pods.synced ? undefined : `the pods of InferencePool ${this.namespace}/${this.name} are not listed yet`;
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

  /** Models that rewrite rules name: metrics always show them. */
  rewrittenModels(): readonly string[] {
    return this.rewrites.models();
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
      selector: labels.map(([label, value]) => `${label}=${value}`).join(','),
      targetPorts: (pool.spec?.targetPorts ?? []).map(({ number }) => number),
    });
  }

  deleted(): void {
    this.lose();
  }

  private lose(): void {
    if (this.found) this.log.warn({ pool: this.name, namespace: this.namespace }, 'the InferencePool is gone, so are its endpoints');
    this.found = false;
    void this.pods.clear();
  }

  private watch<T extends KubeObject>(
    group: string,
    version: string,
    resource: string,
    observer: Observer<T>,
    fieldSelector?: string,
  ): void {
    const path = `/apis/${group}/${version}/namespaces/${this.namespace}/${resource}`;
    const reflector = new Reflector<T>(this.client, { path, ...(fieldSelector && { fieldSelector }) }, observer, this.log);
    this.reflectors.push(reflector as unknown as Reflector<KubeObject>);
    reflector.start();
  }

  /** Group whose objectives and rewrites are installed; undefined switches both off. */
  private async extensionGroup(): Promise<string | undefined> {
    const installed: string[] = [];
    for (const group of EXTENSION_GROUPS) {
      if (await this.has(group)) installed.push(group);
    }
    const [chosen, ignored] = installed;
    if (chosen === undefined)
      this.log.info({ groups: EXTENSION_GROUPS }, 'no InferenceObjective is installed: every request has priority 0');
    if (ignored !== undefined) this.log.warn({ chosen, ignored }, 'two groups hold InferenceObjective, the second is not read');
    return chosen;
  }

  private async has(group: string): Promise<boolean> {
    try {
      const { resources } = await this.client.get<{ resources: readonly { name: string }[] }>(`/apis/${group}/${EXTENSION_VERSION}`);
      return resources.some(({ name }) => name === 'inferenceobjectives');
    } catch {
      return false;
    }
  }
}
