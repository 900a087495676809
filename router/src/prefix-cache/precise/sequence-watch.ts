const MOST_PODS = 10_000;

/** Numbers of the messages of each pod, where nothing can be asked for again. */
export class SequenceWatch {
  private readonly last = new Map<string, number>();

  /** What a number says: messages that were lost before it, or (-1) that the engine began anew. */
  observe(pod: string, sequence: number): number {
    const before = this.last.get(pod);
    if (before === undefined && this.last.size >= MOST_PODS) this.last.clear();
    this.last.set(pod, sequence);
    if (before === undefined) return 0;
    if (sequence < before) return -1;
    return Math.max(0, sequence - before - 1);
  }
}
