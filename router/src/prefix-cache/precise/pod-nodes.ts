import { grown, nextCapacity } from '../key-table';

const FIRST_NODES = 1024;

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
  private podFirst = new Int32Array(64).fill(-1);
  private used = 0;
  private free = -1;

  constructor(readonly most: number) {}

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
    if (pod >= this.podFirst.length) {
      const had = this.podFirst.length;
      this.podFirst = grown(this.podFirst, Math.max(pod + 1, had * 2)).fill(-1, had);
    }
    const first = this.podFirst[pod] as number;
    this.podNext[node] = first;
    this.podPrevious[node] = -1;
    if (first >= 0) this.podPrevious[first] = node;
    this.podFirst[pod] = node;
    this.size++;
    return node;
  }

  /** Gives a node up. The caller has taken it out of the list of its key. */
  release(node: number): void {
    const next = this.podNext[node] as number;
    const previous = this.podPrevious[node] as number;
    if (next >= 0) this.podPrevious[next] = previous;
    if (previous >= 0) this.podNext[previous] = next;
    else this.podFirst[this.pod[node] as number] = next;
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
