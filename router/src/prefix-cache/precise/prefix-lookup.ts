import type { HashList } from '../hash/hash-kernel';
import { grown } from '../key-table';
import type { EntryKinds } from './entry-kinds';
import type { PreciseIndex } from './precise-index';

const FIRST_PODS = 64;
const MOST_STAMPS = 2 ** 31 - 1;

/**
 * Walks the keys of prompts and counts, for each pod, the blocks it holds in a row from the first on: with the weight of their best tier,
 * without weights, and by tier. Prompts are summed. Arrays are by pod; only pods in `pods` have counts.
 * Source: llm-d-router v0.10.0, `pkg/kvcache` and `preciseprefixcache`.
 */
export class PrefixLookup {
  /** Pods that hold the first block of a prompt. */
  readonly pods: number[] = [];
  /** Sums of weights. */
  weighted = new Float64Array(FIRST_PODS);
  /** Blocks. */
  cached = new Int32Array(FIRST_PODS);
  /** Blocks by tier, at `pod * tierCount + tier`. */
  tiers = new Int32Array(0);
  tierCount = 0;
  /**
   * Of the prompt at hand: blocks, sums of weights, blocks by tier; the key at which the pod was seen last and its best weight
   * there; whether it is in `pods`; the pods that hold all blocks so far, and those that hold the first. */
  private run = new Int32Array(FIRST_PODS);
  private sum = new Float64Array(FIRST_PODS);
  private tierRun = new Int32Array(0);
  private seen = new Int32Array(FIRST_PODS);
  private best = new Float64Array(FIRST_PODS);
  private noted = new Uint8Array(FIRST_PODS);
  private readonly alive: number[] = [];
  private readonly starters: number[] = [];
  private stamp = 0;

  constructor(
    private readonly index: PreciseIndex,
    private readonly kinds: EntryKinds,
  ) {}

  /** Forgets the request before. `pods` is the number of pods there are. */
  begin(pods: number): void {
    for (const pod of this.pods) {
      this.weighted[pod] = 0;
      this.cached[pod] = 0;
      this.noted[pod] = 0;
      this.tiers.fill(0, pod * this.tierCount, (pod + 1) * this.tierCount);
    }
    this.pods.length = 0;
    this.reserve(pods);
  }

  /** Adds a prompt. Returns the blocks of the pod that holds most of it. */
  add(keys: HashList): number {
    const { index, alive } = this;
    const count = keys.length / 2;
    if (this.stamp > MOST_STAMPS - count) this.restamp();
    alive.length = 0;
    let i = 0;
    for (; i < count; i++) {
      const node = index.firstNode(keys[2 * i] as number, keys[2 * i + 1] as number);
      if (node < 0) break;
      this.stamp++;
      this.see(node, i);
      if (!this.advance(i)) break;
    }
    let most = 0;
    for (const pod of this.starters) {
      most = Math.max(most, this.run[pod] as number);
      this.take(pod);
    }
    this.starters.length = 0;
    return most;
  }

  private see(first: number, position: number): void {
    const { tierCount, seen, best, tierRun, stamp } = this;
    const { pod: pods, kind: nodeKinds, next } = this.index.nodes;
    const { weightOf, tierOf } = this.kinds;
    for (let node = first; node >= 0; node = next[node] as number) {
      const pod = pods[node] as number;
      const kind = nodeKinds[node] as number;
      const weight = weightOf[kind] as number;
      if (seen[pod] !== stamp) {
        seen[pod] = stamp;
        best[pod] = weight;
        if (position === 0) {
          this.starters.push(pod);
          this.alive.push(pod);
        }
      } else if (weight > (best[pod] as number)) best[pod] = weight;
      const at = pod * tierCount + (tierOf[kind] as number);
      if (tierRun[at] === position) tierRun[at] = position + 1;
    }
  }

  /** Takes pods that were not seen out of the race; false when none is left. */
  private advance(position: number): boolean {
    const { alive } = this;
    let kept = 0;
    for (const pod of alive) {
      if (this.seen[pod] !== this.stamp) continue;
      this.run[pod] = position + 1;
      this.sum[pod] = (this.sum[pod] as number) + (this.best[pod] as number);
      alive[kept++] = pod;
    }
    alive.length = kept;
    return kept > 0;
  }

  /** Adds the prompt's counts of a pod to its totals and clears them. */
  private take(pod: number): void {
    if (this.noted[pod] === 0) {
      this.noted[pod] = 1;
      this.pods.push(pod);
    }
    this.weighted[pod] = (this.weighted[pod] as number) + (this.sum[pod] as number);
    this.cached[pod] = (this.cached[pod] as number) + (this.run[pod] as number);
    this.sum[pod] = 0;
    this.run[pod] = 0;
    for (let at = pod * this.tierCount; at < (pod + 1) * this.tierCount; at++) {
      this.tiers[at] = (this.tiers[at] as number) + (this.tierRun[at] as number);
      this.tierRun[at] = 0;
    }
  }

  private restamp(): void {
    this.seen.fill(0);
    this.stamp = 0;
  }

  /** Between requests all counts are 0, so arrays of another shape need no copy. */
  private reserve(pods: number): void {
    const tierCount = this.kinds.tiers.length;
    if (pods > this.cached.length) {
      const room = Math.max(pods, this.cached.length * 2);
      this.weighted = grown(this.weighted, room);
      this.cached = grown(this.cached, room);
      this.run = grown(this.run, room);
      this.sum = grown(this.sum, room);
      this.seen = grown(this.seen, room);
      this.best = grown(this.best, room);
      this.noted = new Uint8Array(room);
    } else if (tierCount === this.tierCount && this.tiers.length > 0) return;
    this.tierCount = tierCount;
    this.tiers = new Int32Array(this.cached.length * tierCount);
    this.tierRun = new Int32Array(this.cached.length * tierCount);
  }
}
