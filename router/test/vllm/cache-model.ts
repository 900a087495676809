import { Unpackr } from 'msgpackr';
import { Subscriber } from 'zeromq';
import { chain, root } from './reference-keys';

interface StoredEvent {
  readonly type: 'BlockStored';
  readonly block_hashes: readonly bigint[];
  readonly parent_block_hash: bigint | null;
  readonly token_ids: readonly bigint[];
  readonly block_size: number;
  readonly extra_keys: readonly (readonly string[] | null)[];
}
interface RemovedEvent {
  readonly type: 'BlockRemoved';
  readonly block_hashes: readonly bigint[];
}
type Event = StoredEvent | RemovedEvent | { readonly type: 'AllBlocksCleared' };

interface Block {
  /** Hash of the block before it, undefined at the start of a prompt. */
  readonly parent: bigint | undefined;
  readonly tokens: readonly number[];
  /** Salt of the prompt, in its first block. */
  readonly salt: string | undefined;
  /** Places of the cache that hold it. */
  copies: number;
}

const unpackr = new Unpackr({ int64AsType: 'bigint', mapsAsObjects: true, useRecords: false });

/** What a cache holds, as `PodHoldings` tells it. */
export interface Holdings {
  readonly blocks: number;
  readonly digest: string;
}

/** Listens to the events of a server with a socket of its own, and knows which blocks its cache holds. Shares no code with the router. */
export class CacheModel {
  /** Events by type. */
  readonly events: Record<string, number> = {};
  /** Number of the last message. */
  last = -1;
  /** Numbers that did not follow the one before. */
  readonly jumps: string[] = [];
  readonly topics = new Set<string>();
  private readonly socket = new Subscriber({ linger: 0 });
  private readonly blocks = new Map<bigint, Block>();
  /** All blocks there ever were: a block's key follows from those before it, also when they are gone. */
  private readonly known = new Map<bigint, Block>();

  constructor(port: number) {
    this.socket.reconnectInterval = 100;
    this.socket.subscribe('');
    this.socket.connect(`tcp://127.0.0.1:${port}`);
    void this.listen();
  }

  /** Blocks that the cache holds, copies once. */
  get size(): number {
    return this.blocks.size;
  }

  /** Blocks of which there were more copies than one at a time. */
  copied = 0;

  /** Forgets everything: the server was restarted. */
  clear(): void {
    this.blocks.clear();
    this.known.clear();
    this.last = -1;
  }

  close(): void {
    this.socket.close();
  }

  /** Number and digest of the keys that the router must have. `blockSize` is the router's and divides the server's. */
  holdings(model: string, blockSize: number): Holdings {
    const cache = new Map<bigint, readonly bigint[]>();
    const keysOf = (hash: bigint): readonly bigint[] => {
      let keys = cache.get(hash);
      if (keys === undefined) {
        const { parent, tokens, salt } = this.known.get(hash) as Block;
        keys = chain(parent === undefined ? root(model) : (keysOf(parent).at(-1) as bigint), tokens, blockSize, salt);
        cache.set(hash, keys);
      }
      return keys;
    };
    const keys = new Set([...this.blocks.keys()].flatMap(keysOf));
    let low = 0n;
    let high = 0n;
    for (const key of keys) {
      low += key & 0xffffffffn;
      high += key >> 32n;
    }
    const word = (sum: bigint): string => (sum & 0xffffffffn).toString(16).padStart(8, '0');
    return { blocks: keys.size, digest: word(high) + word(low) };
  }

  /** How many blocks from the first on are held of a prompt. */
  heldOf(tokens: readonly number[], blockSize: number): number {
    const children = new Map([...this.blocks].map(([hash, block]) => [`${block.parent}:${block.tokens.join()}`, hash]));
    let parent: bigint | undefined;
    for (let count = 0; ; count++) {
      const hash = children.get(`${parent}:${tokens.slice(count * blockSize, (count + 1) * blockSize).join()}`);
      if (hash === undefined) return count;
      parent = hash;
    }
  }

  private async listen(): Promise<void> {
    for await (const [topic, number, payload] of this.socket) {
      const sequence = Number((number as Buffer).readBigUInt64BE());
      if (sequence !== this.last + 1) this.jumps.push(`${this.last} to ${sequence}`);
      this.last = sequence;
      this.topics.add(String(topic));
      for (const event of (unpackr.unpack(payload as Buffer) as [number, Event[]])[1]) this.take(event);
    }
  }

  private take(event: Event): void {
    this.events[event.type] = (this.events[event.type] ?? 0) + 1;
    if (event.type === 'BlockStored') {
      let parent = event.parent_block_hash === null ? undefined : BigInt(event.parent_block_hash);
      event.block_hashes.forEach((number, i) => {
        const hash = BigInt(number);
        const tokens = event.token_ids.slice(i * event.block_size, (i + 1) * event.block_size).map(Number);
        const block = this.blocks.get(hash) ?? { parent, tokens, salt: event.extra_keys[i]?.[0], copies: 0 };
        block.copies++;
        if (block.copies === 2) this.copied++;
        this.blocks.set(hash, block);
        this.known.set(hash, block);
        parent = hash;
      });
    } else if (event.type === 'BlockRemoved') {
      for (const hash of event.block_hashes.map(BigInt)) {
        const block = this.blocks.get(hash);
        if (block === undefined) throw new Error(`a block was removed that was never stored: ${hash}`);
        block.copies--;
        if (block.copies === 0) this.blocks.delete(hash);
      }
    } else {
      this.blocks.clear();
    }
  }
}
