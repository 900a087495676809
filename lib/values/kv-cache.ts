import { checkInteger, checkPort } from '../util/check';

/** Options of {@link KvCache.of}. */
export interface KvCacheOptions {
  /**
   * Tokens of one cache block (`--block-size`, SGLang `--page-size`). The router counts in the same blocks.
   *
   * @default - the engine's
   */
  readonly blockTokens?: number;
  /**
   * Whether each pod publishes what enters and leaves its cache over ZMQ, which precise prefix routing listens to.
   *
   * @default false
   */
  readonly publishEvents?: boolean;
  /**
   * Port on which it publishes.
   *
   * @default 5556
   */
  readonly eventsPort?: number;
}

/** The engine's key/value cache. */
export class KvCache {
  /** The engine's own choices, no events. */
  static readonly DEFAULT = new KvCache({});

  /** Tokens of one block; undefined leaves it to the engine. */
  readonly blockTokens: number | undefined;
  /** Port of the events; undefined when none are published. */
  readonly eventsPort: number | undefined;

  private constructor(options: KvCacheOptions) {
    this.blockTokens = options.blockTokens;
    this.eventsPort = options.publishEvents === true ? (options.eventsPort ?? 5556) : undefined;
    Object.freeze(this);
  }

  /** A cache with these properties; throws LLMD104 for a number out of range. */
  static of(options: KvCacheOptions): KvCache {
    if (options.blockTokens !== undefined) {
      checkInteger('kvCache.blockTokens', options.blockTokens, 1, 4096);
    }
    if (options.eventsPort !== undefined) {
      checkPort('kvCache.eventsPort', options.eventsPort);
    }
    return new KvCache(options);
  }
}
