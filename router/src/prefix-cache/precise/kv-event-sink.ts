import type { Log } from '../../plugin/context';
import type { HashList } from '../hash/hash-kernel';
import type { BlockExtras, BlockKeys } from './block-keys';
import type { EntryKinds } from './entry-kinds';
import { decodeEvents, type EngineType } from './event-decoder';
import type { KvEvent, RemovedEvent, StoredEvent } from './events';
import type { KvEventMetrics, KvIndexMetrics } from './kv-metrics';
import type { LogThrottle } from './log-throttle';
import type { PodRegistry } from './pod-registry';
import type { PreciseIndex } from './precise-index';
import { RefCounts } from './ref-counts';

/** Groups whose cached blocks mean that the prefix is there. Source: llm-d-router v0.10.0, `pkg/kvevents`. */
const PREFIX_KINDS: ReadonlySet<string> = new Set(['full_attention', 'mla_attention', 'sink_full_attention']);
const NO_GROUP = -1;

/** What the sink works on. */
export interface KvEventSinkOptions {
  readonly index: PreciseIndex;
  readonly kinds: EntryKinds;
  readonly keys: BlockKeys;
  readonly pods: PodRegistry;
  readonly engine: EngineType;
  readonly metrics: KvEventMetrics;
  /** @default - the index is not measured */
  readonly indexMetrics?: KvIndexMetrics;
  readonly log: Log;
  /** Bounds the lines about messages that can not be read. */
  readonly throttle: LogThrottle;
}

/** Writes what the engines report into the index. Nothing that an engine sends makes it throw. */
export class KvEventSink {
  private readonly refs: RefCounts;
  private readonly groups = new Map<number, Map<number, string>>();

  constructor(private readonly options: KvEventSinkOptions) {
    this.refs = new RefCounts(options.index.mostEntries);
  }

  /** Takes in a message of a pod; `model` is what its topic says. */
  message(pod: string, model: string, payload: Uint8Array): void {
    let events: readonly KvEvent[];
    try {
      events = decodeEvents(payload, this.options.engine);
    } catch (error) {
      this.options.metrics.invalid.inc();
      if (this.options.throttle.allows(pod))
        this.options.log.error({ pod, error: (error as Error).message }, 'a message about the KV cache can not be read and is dropped');
      return;
    }
    const id = this.options.pods.add(pod);
    for (const event of events) {
      if (event.type === 'stored') this.stored(id, model, event);
      else if (event.type === 'removed') this.removed(id, event);
      else this.clear(id);
    }
  }

  /** Forgets the blocks of a pod: its engine began anew. */
  reset(pod: string): void {
    const id = this.options.pods.get(pod);
    if (id !== undefined) this.clear(id);
  }

  /** Forgets a pod that is gone. */
  remove(pod: string): void {
    const id = this.options.pods.get(pod);
    if (id === undefined) return;
    this.clear(id);
    this.groups.delete(id);
    this.options.pods.remove(pod);
  }

  private clear(pod: number): void {
    this.options.index.clear(pod);
    this.refs.clear(pod);
  }

  private stored(pod: number, model: string, event: StoredEvent): void {
    const { index, kinds, keys: blockKeys, indexMetrics } = this.options;
    const kind = kinds.reported(event.tier, event.group ?? NO_GROUP);
    const skipped = this.whySkipped(pod, event);
    if (skipped !== undefined) {
      this.options.metrics.storesSkipped.with(...skipped).inc();
      return;
    }
    let parent: readonly [low: number, high: number] | undefined;
    if (event.parent !== undefined) {
      const id = index.engine.find(event.parent[0] as number, event.parent[1] as number);
      if (id < 0) return;
      parent = index.engine.lastKey(id);
    }
    const blocks = Math.floor(event.tokens.length / blockKeys.blockSize);
    const extras = realign(event.extras, blocks);
    let keys: HashList;
    if (parent === undefined) keys = blockKeys.ofPrompt(event.loraName || model, event.tokens, extras);
    else keys = blockKeys.following(parent[0], parent[1], event.tokens, extras);
    if (keys.length > 0) {
      index.engine.map(event.hashes, keys);
    } else {
      keys = event.tokens.length === 0 ? this.mapped(event.hashes) : keys;
      if (keys.length === 0) return;
    }
    index.add(keys, pod, kind);
    indexMetrics?.admissions.inc(keys.length / 2);
    this.refs.stored(pod, kind, event.hashes);
  }

  /** Keys of the known ones of these hashes. */
  private mapped(hashes: HashList): HashList {
    const { engine } = this.options.index;
    const found: number[] = [];
    for (let i = 0; i < hashes.length; i += 2) {
      const id = engine.find(hashes[i] as number, hashes[i + 1] as number);
      if (id >= 0) found.push(...engine.keys(id));
    }
    return Uint32Array.from(found);
  }

  /** Cache kind and reason, when an event says nothing about prefixes. */
  private whySkipped(pod: number, event: StoredEvent): [kind: string, reason: string] | undefined {
    if (event.group === undefined) return undefined;
    const kind = event.groupKind === '' ? (this.groups.get(pod)?.get(event.group) ?? '') : event.groupKind;
    if (event.groupKind !== '') this.learn(pod, event.group, kind);
    const label = kind === '' ? 'unknown' : kind;
    if (!PREFIX_KINDS.has(kind)) return [label, 'unsupported_cache_kind'];
    const { tokens, blockSize, hashes } = event;
    if (tokens.length === 0) return undefined;
    if (blockSize <= 0) return [label, 'invalid_block_size'];
    return tokens.length === blockSize * (hashes.length / 2) ? undefined : [label, 'non_dense_block_span'];
  }

  private learn(pod: number, group: number, kind: string): void {
    const groups = this.groups.get(pod);
    if (groups === undefined) this.groups.set(pod, new Map([[group, kind]]));
    else groups.set(group, kind);
  }

  private removed(pod: number, event: RemovedEvent): void {
    const { index, kinds, metrics, indexMetrics } = this.options;
    if (event.group !== undefined) {
      const known = this.groups.get(pod)?.get(event.group);
      if (known === undefined || !PREFIX_KINDS.has(known)) {
        metrics.removalsSkipped.with(known ?? 'unknown', known === undefined ? 'unknown_group' : 'unsupported_cache_kind').inc();
        return;
      }
    }
    const kind = kinds.reported(event.tier, event.group ?? NO_GROUP);
    for (let i = 0; i < event.hashes.length; i += 2) {
      const low = event.hashes[i] as number;
      const high = event.hashes[i + 1] as number;
      if (!this.refs.removed(pod, kind, low, high)) {
        metrics.suppressed.inc();
        continue;
      }
      metrics.forwarded.inc();
      index.evictHash(low, high, pod, kind);
      indexMetrics?.evictions.inc();
    }
  }
}

/** Extras of the engine's blocks as those of ours: repeated where the engine's are larger, joined where they are smaller. */
function realign(extras: BlockExtras | undefined, blocks: number): BlockExtras | undefined {
  if (extras === undefined || extras.length === 0 || blocks === 0 || extras.length === blocks) return extras;
  if (extras.length < blocks) return Array.from({ length: blocks }, (_, i) => extras[Math.floor((i * extras.length) / blocks)]);
  const joined = new Array<string[] | undefined>(blocks).fill(undefined);
  for (let i = 0; i < extras.length; i++) {
    const extra = extras[i];
    if (extra === undefined) continue;
    const at = Math.floor((i * blocks) / extras.length);
    joined[at] = [...(joined[at] ?? []), ...extra];
  }
  return joined;
}
