import type { HashList } from '../hash/hash-kernel';
import type { BlockExtras } from './block-keys';

/** Blocks entered a cache. */
export interface StoredEvent {
  readonly type: 'stored';
  readonly hashes: HashList;
  /**
   * Hash of the block before the first one.
   * @default - the first block starts a prompt
   */
  readonly parent?: HashList;
  /** Tokens of all blocks; none when blocks only came to a further tier. */
  readonly tokens: Uint32Array;
  readonly blockSize: number;
  /** Lower case, `gpu` when the event names none. */
  readonly tier: string;
  /** '' when no adapter was used. */
  readonly loraName: string;
  /**
   * Extra hashes by block of the engine.
   * @default - none
   */
  readonly extras?: BlockExtras;
  /**
   * Cache group.
   * @default - the model has one group only
   */
  readonly group?: number;
  /** Kind of attention of the group; '' when the event does not say. */
  readonly groupKind: string;
}

/** Blocks left a cache. */
export interface RemovedEvent {
  readonly type: 'removed';
  readonly hashes: HashList;
  readonly tier: string;
  /** @default - the model has one group only */
  readonly group?: number;
}

/** A cache was emptied. */
export interface ClearedEvent {
  readonly type: 'cleared';
}

/** What happened to the KV cache of an engine. */
export type KvEvent = StoredEvent | RemovedEvent | ClearedEvent;
