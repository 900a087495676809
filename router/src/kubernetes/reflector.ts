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

/** Pauses and patience of a reflector. */
export interface ReflectorTiming {
  /** Pause after the first failure; each further one doubles it. */
  readonly firstPauseMs: number;
  /** The longest pause, and the time after which a list and its watch count as having worked. */
  readonly mostPauseMs: number;
  /** Time after which the API server is asked to end a watch, which is then resumed: so a connection that died unnoticed does not stay. */
  readonly watchSeconds: number;
  /** Silence beyond `watchSeconds` after which the connection counts as dead. */
  readonly graceMs: number;
}

const TIMING: ReflectorTiming = { firstPauseMs: 100, mostPauseMs: 2000, watchSeconds: 60, graceMs: 10_000 };

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string };
}

const PAGE = 500;

/**
 * Keeps an observer up to date with the objects of a kind: list, then watch from there. A watch that the server ends is resumed where it
 * ended; after a failure everything is listed anew, with growing pauses. What the observer knows stays when the API server is away.
 */
export class Reflector<T extends KubeObject> {
  private readonly abort = new AbortController();
  private wake: () => void = () => undefined;
  private running: Promise<void> | undefined;
  private lastError = '';
  /** Whether the objects have been listed once. */
  synced = false;
  /** Whether the API server said that these objects do not exist or may not be read. */
  refused = false;

  constructor(
    private readonly client: ApiClient,
    private readonly target: Target,
    private readonly observer: Observer<T>,
    private readonly log: Log,
    private readonly timing = TIMING,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** The observer hears nothing more from the moment of the call on. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    const { firstPauseMs, mostPauseMs } = this.timing;
    let pauseMs = firstPauseMs;
    while (!this.abort.signal.aborted) {
      const begun = performance.now();
      let failure: Error | undefined;
      try {
        await this.listAndWatch();
      } catch (error) {
        if (this.abort.signal.aborted) return;
        failure = error as Error;
      }
      if (performance.now() - begun > mostPauseMs) {
        pauseMs = firstPauseMs;
        this.lastError = '';
      }
      if (failure !== undefined) this.report(failure);
      await this.pause(pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 2, mostPauseMs);
    }
  }

  /** Ends only by a failure or when stopped. */
  private async listAndWatch(): Promise<void> {
    let version = await this.list();
    this.synced = true;
    this.refused = false;
    while (!this.abort.signal.aborted) {
      const begun = performance.now();
      version = await this.watch(version);
      // Something that ends every watch at once would be asked without a pause.
      if (performance.now() - begun < this.timing.firstPauseMs) throw new Error('the watch was ended as soon as it began');
    }
  }

  private async list(): Promise<string> {
    const items: T[] = [];
    let next: string | undefined;
    while (true) {
      const path = this.path({ limit: String(PAGE), ...(next && { continue: next }) });
      const page = await this.client.get<ObjectList<T>>(path, this.abort.signal);
      // Stopped meanwhile: the observer may have a successor by now.
      if (this.abort.signal.aborted) throw new Error('stopped');
      for (const item of page.items) items.push(item);
      next = page.metadata.continue;
      if (next) continue;
      this.observer.replaced(items);
      return page.metadata.resourceVersion;
    }
  }

  /** Returns the version from which to go on. */
  private async watch(from: string): Promise<string> {
    const { watchSeconds, graceMs } = this.timing;
    let version = from;
    const path = this.path({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(watchSeconds),
    });
    const handle = (text: string): void => {
      if (this.abort.signal.aborted) return;
      const { type, object } = JSON.parse(text) as WatchEvent<T>;
      if (type === 'ERROR') throw new ApiError(object.code ?? 0, object.message ?? 'the watch failed');
      if (type === 'DELETED') this.observer.deleted(object);
      else if (type !== 'BOOKMARK') this.observer.changed(object);
      version = object.metadata.resourceVersion ?? version;
    };
    await this.client.stream(path, handle, watchSeconds * 1000 + graceMs, this.abort.signal);
    return version;
  }

  private path(query: Record<string, string>): string {
    const { path, labelSelector, fieldSelector } = this.target;
    const all = { ...query, ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    return `${path}?${new URLSearchParams(all)}`;
  }

  /** A failure that repeats itself is said once, an expired version (410) is ordinary. */
  private report(error: Error): void {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 403 || status === 404) this.refused = true;
    const isNews = error.message !== this.lastError && status !== 410;
    this.lastError = error.message;
    const fields = { path: this.target.path, error: error.message };
    this.log[isNews ? 'warn' : 'debug'](fields, 'a watch of the API server broke, what is known stays and it is tried again');
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.abort.signal.aborted) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
