import type { EndpointTable } from '../plugin/endpoint-table';
import { endpointsOf, isReady, type Pod } from './pods';
import type { Observer } from './reflector';

interface KnownPod {
  /** Equal versions mean equal objects. */
  readonly version: string | undefined;
  readonly ids: readonly string[];
}

/** Keeps the endpoints of the table equal to the ready pods that it hears of. */
export class PodEndpoints implements Observer<Pod> {
  /** By pod name. */
  private readonly known = new Map<string, KnownPod>();

  constructor(
    private readonly table: EndpointTable,
    /** Called after each list: what was there before it may be retired now. */
    private readonly listed: () => void,
    private readonly targetPorts: readonly number[],
  ) {}

  replaced(pods: readonly Pod[]): void {
    const names = new Set(pods.map((pod) => pod.metadata.name));
    for (const name of [...this.known.keys()]) if (!names.has(name)) this.forget(name);
    for (const pod of pods) this.changed(pod);
    this.listed();
  }

  changed(pod: Pod): void {
    const { name, resourceVersion: version } = pod.metadata;
    if (!isReady(pod)) {
      this.forget(name);
      return;
    }
    const before = this.known.get(name);
    // A list repeats what is known; nobody has to hear of that.
    if (before !== undefined && version !== undefined && before.version === version) return;
    const endpoints = endpointsOf(pod, this.targetPorts);
    const ids = endpoints.map(({ id }) => id);
    for (const id of before?.ids ?? []) if (!ids.includes(id)) this.table.remove(id);
    // Without a version until all of it is done: when a listener of the table fails, the next list makes up for it.
    this.known.set(name, { version: undefined, ids });
    for (const endpoint of endpoints) this.table.upsert(endpoint);
    this.known.set(name, { version, ids });
  }

  deleted(pod: Pod): void {
    this.forget(pod.metadata.name);
  }

  /** Ids of its endpoints. */
  ids(): ReadonlySet<string> {
    return new Set([...this.known.values()].flatMap(({ ids }) => ids));
  }

  private forget(name: string): void {
    for (const id of this.known.get(name)?.ids ?? []) this.table.remove(id);
    this.known.delete(name);
  }
}
