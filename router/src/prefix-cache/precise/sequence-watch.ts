const MOST_ENGINES = 10_000;

/** Numbers of the messages of each engine, where nothing can be asked for again. */
export class SequenceWatch {
  private readonly last = new Map<string, number>();

  /** What a number says: messages that were lost before it, or (-1) that the engine began anew. No number comes twice. */
  observe(engine: string, sequence: number): number {
    const before = this.last.get(engine);
    if (before === undefined && this.last.size >= MOST_ENGINES) this.last.clear();
    this.last.set(engine, sequence);
    if (before === undefined) return 0;
    if (sequence <= before) return -1;
    return Math.max(0, sequence - before - 1);
  }
}
