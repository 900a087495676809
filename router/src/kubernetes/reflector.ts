import type { Log } from '../plugin/context';
import { type ApiClient, ApiError, type ObjectList } from './api-client';

/**
 * What every object has.
 *
 * @default - of every field: absent
 */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly resourceVersion?: string;
  };
}

/** Hears what a reflector sees. */
export interface Observer<T> {
  /** All objects, after a list: those not in it are gone. */
  replaced(objects: readonly T[]): void;
  /** An object was added or changed. */
  changed(object: T): void;
  deleted(object: T): void;
}

/** What is watched. */
export interface Target {
  /** `/api/v1/namespaces/x/pods`. */
  readonly path: string;
  /**
   * `a=b,c`.
   * @default - all objects
   */
  readonly labelSelector?: string;
  /**
   * `metadata.name=x`.
   * @default - all objects
   */
  readonly fieldSelector?: string;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string };
}

const FIRST_BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 5000;
/** A watch is renewed after this time, so that a connection that died silently is noticed. */
const WATCH_SECONDS = 290;
const PAGE = 500;

/**
 * Keeps an observer up to date with the objects of a kind: list, then watch from there; after an error again, with growing pauses
 * (100 ms to 5 s, with jitter). What the observer knows stays when the API server is away.
 */
export class Reflector<T extends KubeObject> {
  private readonly abort = new AbortController();
  private wake: () => void = () => undefined;
  private running: Promise<void> | undefined;
  /** Whether the objects have been listed once. */
  synced = false;

  constructor(
    private readonly client: ApiClient,
    private readonly target: Target,
    private readonly observer: Observer<T>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.abort.signal.aborted) {
      try {
        let version = await this.list();
        this.synced = true;
        backoff = FIRST_BACKOFF_MS;
        // A watch that ends in good order is resumed where it ended, without a new list.
        while (!this.abort.signal.aborted) version = await this.watch(version);
      } catch (error) {
        if (this.abort.signal.aborted) return;
        const { path } = this.target;
        // An expired version (410) is ordinary: list again at once.
        if (error instanceof ApiError && error.status === 410) continue;
        this.log.warn({ path, error: (error as Error).message, retryMs: backoff }, 'a watch of the API server broke, what is known stays');
        await this.pause(backoff * (0.5 + Math.random() / 2));
        backoff = Math.min(backoff * 2, MOST_BACKOFF_MS);
      }
    }
  }

  private async list(): Promise<string> {
    const items: T[] = [];
    let next: string | undefined;
    while (true) {
      const page = await this.client.get<ObjectList<T>>(this.path({ limit: String(PAGE), ...(next && { continue: next }) }));
      // Stopped meanwhile: the observer may have a successor by now.
      if (this.abort.signal.aborted) break;
      items.push(...page.items);
      next = page.metadata.continue;
      if (!next) {
        this.observer.replaced(items);
        return page.metadata.resourceVersion;
      }
    }
    throw new Error('stopped');
  }

  /** Returns the version from which to go on. */
  private async watch(from: string): Promise<string> {
    let version = from;
    const path = this.path({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const handle = (text: string): void => {
      if (this.abort.signal.aborted) return;
      const { type, object } = JSON.parse(text) as WatchEvent<T>;
      if (type === 'ERROR') throw new ApiError(object.code ?? 0, object.message ?? 'the watch failed');
      version = object.metadata.resourceVersion ?? version;
      if (type === 'DELETED') this.observer.deleted(object);
      else if (type !== 'BOOKMARK') this.observer.changed(object);
    };
    await this.client.stream(path, handle, (WATCH_SECONDS + 30) * 1000, this.abort.signal);
    return version;
  }

  private path(query: Record<string, string>): string {
    const { path, labelSelector, fieldSelector } = this.target;
    const all = { ...query, ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    return `${path}?${new URLSearchParams(all)}`;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
