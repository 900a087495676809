import { Column } from './column';
import { Endpoint, type EndpointMetadata } from './endpoint';

/** Hears of every change in the table, after it was made. */
export interface EndpointListener {
  added?(endpoint: Endpoint): void;
  /** Labels changed; address, port and slot did not. */
  updated?(endpoint: Endpoint): void;
  /** The slot is still the endpoint's own during the call; its columns are cleared after it. */
  removed?(endpoint: Endpoint): void;
}

const FIRST_CAPACITY = 64;

/**
 * All known endpoints and the numbers about them, in flat arrays indexed by slot.
 *
 * There is one table in the process, and it is the one place in which endpoint state lives.
 */
export class EndpointTable {
  private readonly slots: (Endpoint | undefined)[] = [];
  private readonly byId = new Map<string, Endpoint>();
  private readonly columns = new Map<string, Column>();
  private readonly free: number[] = [];
  private readonly listeners: EndpointListener[] = [];
  private list: readonly Endpoint[] | undefined;
  /** Slots for which the columns have room. */
  capacity = FIRST_CAPACITY;
  /** Counts changes; equal versions mean equal `all()`. */
  version = 0;

  /** Endpoints in the order in which they were added. */
  all(): readonly Endpoint[] {
    this.list ??= [...this.byId.values()];
    return this.list;
  }

  get size(): number {
    return this.byId.size;
  }

  /** The endpoint in a slot. */
  at(slot: number): Endpoint | undefined {
    return this.slots[slot];
  }

  get(id: string): Endpoint | undefined {
    return this.byId.get(id);
  }

  /** Adds an endpoint, or takes over changed metadata; a changed address or port is a removal and an addition. */
  upsert(metadata: EndpointMetadata): Endpoint {
    const known = this.byId.get(metadata.id);
    if (known !== undefined) {
      const old = known.metadata;
      if (old.address === metadata.address && old.port === metadata.port && old.metricsHost === metadata.metricsHost) {
        known.metadata = metadata;
        this.version++;
        for (const listener of this.listeners) listener.updated?.(known);
        return known;
      }
      this.remove(metadata.id);
    }
    const slot = this.free.pop() ?? this.slots.length;
    if (slot >= this.capacity) this.grow();
    const endpoint = new Endpoint(slot, metadata);
    this.slots[slot] = endpoint;
    this.byId.set(metadata.id, endpoint);
    this.changed();
    for (const listener of this.listeners) listener.added?.(endpoint);
    return endpoint;
  }

  /** Removes an endpoint; unknown ids are ignored. */
  remove(id: string): void {
    const endpoint = this.byId.get(id);
    if (endpoint === undefined) return;
    endpoint.removed = true;
    this.byId.delete(id);
    this.slots[endpoint.slot] = undefined;
    this.changed();
    for (const listener of this.listeners) listener.removed?.(endpoint);
    for (const column of this.columns.values()) column.clear(endpoint.slot);
    this.free.push(endpoint.slot);
  }

  /** The column of that name, made on first use. `empty` must be the same at every use. */
  column(name: string, empty: number): Column {
    let column = this.columns.get(name);
    if (column === undefined) {
      column = new Column(name, empty, this.capacity);
      this.columns.set(name, column);
    }
    return column;
  }

  /** The column of that name, if anybody has made it. */
  existingColumn(name: string): Column | undefined {
    return this.columns.get(name);
  }

  /** Names of all columns, in the order in which they were made. */
  columnNames(): Iterable<string> {
    return this.columns.keys();
  }

  listen(listener: EndpointListener): void {
    this.listeners.push(listener);
  }

  private changed(): void {
    this.version++;
    this.list = undefined;
  }

  private grow(): void {
    this.capacity *= 2;
    for (const column of this.columns.values()) column.grow(this.capacity);
  }
}
