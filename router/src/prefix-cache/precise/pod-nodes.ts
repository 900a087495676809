import { grown, type KeyTable, nextCapacity } from '../key-table';

const FIRST_NODES = 1024;
const FIRST_PODS = 64;

/** What a pod holds, in short. */
export interface PodHoldings {
  /** Blocks, once for each tier and cache group. */
  readonly blocks: number;
  /** Sums of the upper and of the lower words of their keys, each without its carry, as 16 hexadecimal digits. */
  readonly digest: string;
}

/**
 * Who holds a block: nodes of (key, pod, kind), each in the list of its key (newest first) and in that of its pod, so that a pod's nodes
 * are found without a walk through the index.
 */
export class PodNodes {
  entry = new Int32Array(FIRST_NODES);
  pod = new Int32Array(FIRST_NODES);
  kind = new Int32Array(FIRST_NODES);
  /** Next node of the same key, -1 at the end. */
  next = new Int32Array(FIRST_NODES);
  /** `Clock.now()` after which a guess no longer counts. */
  expires = new Float64Array(FIRST_NODES);
  size = 0;
  private podNext = new Int32Array(FIRST_NODES);
  private podPrevious = new Int32Array(FIRST_NODES);
  private podFirst = new Int32Array(FIRST_PODS).fill(-1);
  private podSize = new Int32Array(FIRST_PODS);
  private podLow = new Uint32Array(FIRST_PODS);
  private podHigh = new Uint32Array(FIRST_PODS);
  private used = 0;
  private free = -1;

  /** `keys` gives entries their numbers; an entry stays in it as long as it has nodes. */
  constructor(
    readonly most: number,
    private readonly keys: KeyTable,
  ) {}

  get bytes(): number {
    return this.entry.byteLength * 6 + this.expires.byteLength;
  }

  /** First node of a pod, -1 when it has none. */
  firstOf(pod: number): number {
    return this.podFirst[pod] ?? -1;
  }

  /** A new node, in the list of its pod. The caller looks at `most` first and puts it into the list of its key. */
  add(entry: number, pod: number, kind: number): number {
    const node = this.take();
    this.entry[node] = entry;
    this.pod[node] = pod;
    this.kind[node] = kind;
    if (pod >= this.podFirst.length) this.growPods(pod + 1);
    const first = this.podFirst[pod] as number;
    this.podNext[node] = first;
    this.podPrevious[node] = -1;
    if (first >= 0) this.podPrevious[first] = node;
    this.podFirst[pod] = node;
    this.podSize[pod] = (this.podSize[pod] as number) + 1;
    this.podLow[pod] = (this.podLow[pod] as number) + (this.keys.low[entry] as number);
    this.podHigh[pod] = (this.podHigh[pod] as number) + (this.keys.high[entry] as number);
    this.size++;
    return node;
  }

  /** What a pod holds. */
  holdings(pod: number): PodHoldings {
    const word = (words: Uint32Array): string => (words[pod] ?? 0).toString(16).padStart(8, '0');
    return { blocks: this.podSize[pod] ?? 0, digest: word(this.podHigh) + word(this.podLow) };
  }

  /** Gives a node up. The caller has taken it out of the list of its key. */
  release(node: number): void {
    const next = this.podNext[node] as number;
    const previous = this.podPrevious[node] as number;
    const pod = this.pod[node] as number;
    const entry = this.entry[node] as number;
    this.podSize[pod] = (this.podSize[pod] as number) - 1;
    this.podLow[pod] = (this.podLow[pod] as number) - (this.keys.low[entry] as number);
    this.podHigh[pod] = (this.podHigh[pod] as number) - (this.keys.high[entry] as number);
    if (next >= 0) this.podPrevious[next] = previous;
    if (previous >= 0) this.podNext[previous] = next;
    else this.podFirst[pod] = next;
    this.next[node] = this.free;
    this.free = node;
    this.size--;
  }

  private take(): number {
    if (this.free >= 0) {
      const node = this.free;
      this.free = this.next[node] as number;
      return node;
    }
    if (this.used === this.entry.length) this.grow();
    return this.used++;
  }

  private growPods(least: number): void {
    const had = this.podFirst.length;
    const room = Math.max(least, had * 2);
    this.podFirst = grown(this.podFirst, room).fill(-1, had);
    this.podSize = grown(this.podSize, room);
    this.podLow = grown(this.podLow, room);
    this.podHigh = grown(this.podHigh, room);
  }

  private grow(): void {
    const capacity = nextCapacity(this.used, Math.max(this.most, FIRST_NODES));
    this.entry = grown(this.entry, capacity);
    this.pod = grown(this.pod, capacity);
    this.kind = grown(this.kind, capacity);
    this.next = grown(this.next, capacity);
    this.expires = grown(this.expires, capacity);
    this.podNext = grown(this.podNext, capacity);
    this.podPrevious = grown(this.podPrevious, capacity);
  }
}
