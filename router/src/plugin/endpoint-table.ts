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

/** What all views of a table share. */
class TableState {
  readonly slots: (Endpoint | undefined)[] = [];
  readonly byId = new Map<string, Endpoint>();
  readonly columns = new Map<string, Column>();
  readonly free: number[] = [];
  readonly listeners: EndpointListener[] = [];
  list: readonly Endpoint[] | undefined;
  capacity = FIRST_CAPACITY;
  version = 0;

  changed(): void {
    this.version++;
    this.list = undefined;
  }

  grow(): void {
    this.capacity *= 2;
    for (const column of this.columns.values()) column.grow(this.capacity);
  }
}

/**
 * All known endpoints and the numbers about them, in flat arrays indexed by slot.
 *
 * There is one table in the process, and it is the one place in which endpoint state lives. Views of it share everything and differ
 * only in their listeners, so that the plugins of a replaced configuration can be let go together.
 */
export class EndpointTable {
  private readonly state: TableState;
  private readonly own: (() => void)[] = [];

  constructor(shared?: EndpointTable) {
    this.state = shared === undefined ? new TableState() : shared.state;
  }

  /** Endpoints in the order in which they were added. */
  all(): readonly Endpoint[] {
    this.state.list ??= [...this.state.byId.values()];
    return this.state.list;
  }

  get size(): number {
    return this.state.byId.size;
  }

  /** Slots for which the columns have room. */
  get capacity(): number {
    return this.state.capacity;
  }

  /** Counts changes; equal versions mean equal `all()` with equal metadata. */
  get version(): number {
    return this.state.version;
  }

  /** The endpoint in a slot. */
  at(slot: number): Endpoint | undefined {
    return this.state.slots[slot];
  }

  get(id: string): Endpoint | undefined {
    return this.state.byId.get(id);
  }

  /** Adds an endpoint, or takes over changed metadata; a changed address or port is a removal and an addition. */
  upsert(metadata: EndpointMetadata): Endpoint {
    const { state } = this;
    const known = state.byId.get(metadata.id);
    if (known !== undefined) {
      const old = known.metadata;
      if (old.address === metadata.address && old.port === metadata.port && old.metricsHost === metadata.metricsHost) {
        known.metadata = metadata;
        state.version++;
        for (const listener of [...state.listeners]) listener.updated?.(known);
        return known;
      }
      this.remove(metadata.id);
    }
    const slot = state.free.pop() ?? state.slots.length;
    if (slot >= state.capacity) state.grow();
    const endpoint = new Endpoint(slot, metadata);
    state.slots[slot] = endpoint;
    state.byId.set(metadata.id, endpoint);
    state.changed();
    for (const listener of [...state.listeners]) listener.added?.(endpoint);
    return endpoint;
  }

  /** Removes an endpoint; unknown ids are ignored. */
  remove(id: string): void {
    const { state } = this;
    const endpoint = state.byId.get(id);
    if (endpoint === undefined) return;
    endpoint.removed = true;
    state.byId.delete(id);
    state.slots[endpoint.slot] = undefined;
    state.changed();
    for (const listener of [...state.listeners]) listener.removed?.(endpoint);
    for (const column of state.columns.values()) column.clear(endpoint.slot);
    state.free.push(endpoint.slot);
  }

  /** The column of that name, made on first use. `empty` must be the same at every use. */
  column(name: string, empty: number): Column {
    const { columns, capacity } = this.state;
    let column = columns.get(name);
    if (column === undefined) {
      column = new Column(name, empty, capacity);
      columns.set(name, column);
    }
    return column;
  }

  /** The column of that name, if anybody has made it. */
  existingColumn(name: string): Column | undefined {
    return this.state.columns.get(name);
  }

  /** Names of all columns. */
  columnNames(): readonly string[] {
    return [...this.state.columns.keys()];
  }

  /** Calls the listener on every change until the returned function is called, or this view is released. */
  listen(listener: EndpointListener): () => void {
    const { listeners } = this.state;
    listeners.push(listener);
    const leave = (): void => {
      const at = listeners.indexOf(listener);
      if (at >= 0) listeners.splice(at, 1);
    };
    this.own.push(leave);
    return leave;
  }

  /** The same table, with listeners of its own. */
  view(): EndpointTable {
    return new EndpointTable(this);
  }

  /** Drops the listeners that came through this view. */
  release(): void {
    for (const leave of this.own.splice(0)) leave();
  }
}
