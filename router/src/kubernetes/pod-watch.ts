import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { ApiClient } from './api-client';
import { PodEndpoints } from './pod-endpoints';
import type { Pod } from './pods';
import { Reflector } from './reflector';

/** Which pods are model servers, and on which ports. */
export interface PodSelection {
  readonly namespace: string;
  /** Label selector as the API server reads it; empty for every pod of the namespace. */
  readonly selector: string;
  readonly targetPorts: readonly number[];
}

/**
 * Watches the pods of a selection. When the selection changes, the endpoints of the old one stay until the pods of the new one are
 * listed, so that the table is never empty in between.
 */
export class PodWatch {
  private reflector: Reflector<Pod> | undefined;
  private endpoints: PodEndpoints | undefined;
  private key = '';
  private listedOnce = false;
  /** Endpoints of earlier selections, until the pods of the present one are listed. */
  private readonly stale = new Set<string>();

  constructor(
    private readonly client: ApiClient,
    private readonly table: EndpointTable,
    private readonly log: Log,
  ) {}

  /** Whether pods have been listed at least once. */
  get synced(): boolean {
    return this.listedOnce;
  }

  select({ namespace, selector, targetPorts }: PodSelection): void {
    const key = JSON.stringify([namespace, selector, targetPorts]);
    if (key === this.key) return;
    this.key = key;
    for (const id of this.endpoints?.ids() ?? []) this.stale.add(id);
    void this.reflector?.stop();
    const endpoints: PodEndpoints = new PodEndpoints(this.table, () => this.retire(endpoints), targetPorts);
    const target = { path: `/api/v1/namespaces/${namespace}/pods`, ...(selector !== '' && { labelSelector: selector }) };
    this.endpoints = endpoints;
    this.reflector = new Reflector<Pod>(this.client, target, endpoints, this.log);
    this.reflector.start();
  }

  /** Removes all endpoints: the pool is gone. */
  async clear(): Promise<void> {
    for (const id of this.endpoints?.ids() ?? []) this.stale.add(id);
    for (const id of this.stale) this.table.remove(id);
    this.stale.clear();
    await this.stop();
  }

  async stop(): Promise<void> {
    const { reflector } = this;
    this.reflector = undefined;
    this.endpoints = undefined;
    this.key = '';
    await reflector?.stop();
  }

  private retire(endpoints: PodEndpoints): void {
    this.listedOnce = true;
    const now = endpoints.ids();
    for (const id of this.stale) if (!now.has(id)) this.table.remove(id);
    this.stale.clear();
  }
}
