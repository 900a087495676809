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

interface Generation {
  readonly endpoints: PodEndpoints;
  readonly reflector: Reflector<Pod>;
}

/**
 * Watches the pods of a selection. When the selection changes, the pods of the old one are watched on until those of the new one are
 * listed, so that the table is never empty in between and never has pods that are gone.
 */
export class PodWatch {
  /** Oldest first; the last one is that of the present selection. */
  private generations: Generation[] = [];
  private key = '';
  private listedOnce = false;

  constructor(
    private readonly client: ApiClient,
    private readonly table: EndpointTable,
    private readonly log: Log,
  ) {}

  /** Whether pods have been listed since the beginning, or since the last `clear`. */
  get synced(): boolean {
    return this.listedOnce;
  }

  select({ namespace, selector, targetPorts }: PodSelection): void {
    const key = JSON.stringify([namespace, selector, targetPorts]);
    if (key === this.key) return;
    this.key = key;
    const endpoints: PodEndpoints = new PodEndpoints(this.table, () => this.retireBefore(endpoints), targetPorts);
    const target = { path: `/api/v1/namespaces/${namespace}/pods`, ...(selector !== '' && { labelSelector: selector }) };
    const reflector = new Reflector<Pod>(this.client, target, endpoints, this.log);
    this.generations.push({ endpoints, reflector });
    reflector.start();
  }

  /** Removes all endpoints: the pool is gone. */
  clear(): void {
    for (const { endpoints } of this.generations) for (const id of endpoints.ids()) this.table.remove(id);
    void this.stop();
  }

  /** Endpoints stay as they are. */
  async stop(): Promise<void> {
    const { generations } = this;
    this.generations = [];
    this.key = '';
    this.listedOnce = false;
    await Promise.all(generations.map(({ reflector }) => reflector.stop()));
  }

  private retireBefore(endpoints: PodEndpoints): void {
    this.listedOnce = true;
    const at = this.generations.findIndex((generation) => generation.endpoints === endpoints);
    if (at <= 0) return;
    const now = endpoints.ids();
    for (const old of this.generations.splice(0, at)) {
      void old.reflector.stop();
      for (const id of old.endpoints.ids()) if (!now.has(id)) this.table.remove(id);
    }
  }
}
