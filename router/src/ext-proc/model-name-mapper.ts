/**
 * Puts the name that the client asked for back into an answer: `"model":"<target>"`, with or without a space after the colon, becomes
 * `"model":"<incoming>"`. A name that is split between chunks is found too: the end of a chunk that may be the start of one is held back
 * until the next.
 */
export class ModelNameMapper {
  private readonly patterns: readonly Buffer[];
  private readonly replacements: readonly Buffer[];
  private held: Buffer | undefined;

  constructor(target: string, incoming: string) {
    const [from, to] = [JSON.stringify(target), JSON.stringify(incoming)];
    this.patterns = [Buffer.from(`"model":${from}`), Buffer.from(`"model": ${from}`)];
    this.replacements = [Buffer.from(`"model":${to}`), Buffer.from(`"model": ${to}`)];
  }

  /** The mapper for an answer; undefined when nothing has to be put back. */
  static for(target: string, incoming: string): ModelNameMapper | undefined {
    return target === '' || incoming === '' || target === incoming ? undefined : new ModelNameMapper(target, incoming);
  }

  /** Bytes to pass on for a chunk; at the end nothing is held back. */
  map(chunk: Buffer, end: boolean): Buffer {
    const input = this.held === undefined ? chunk : Buffer.concat([this.held, chunk]);
    this.held = undefined;
    const pieces: Buffer[] = [];
    let start = 0;
    for (;;) {
      const match = this.nextMatch(input, start);
      if (match === undefined) break;
      pieces.push(input.subarray(start, match.at), this.replacements[match.pattern] as Buffer);
      start = match.at + (this.patterns[match.pattern] as Buffer).length;
    }
    let stop = input.length;
    if (!end) {
      stop = this.possibleStart(input, start);
      if (stop < input.length) this.held = input.subarray(stop);
    }
    if (start === 0) return stop === input.length ? input : input.subarray(0, stop);
    pieces.push(input.subarray(start, stop));
    return Buffer.concat(pieces);
  }

  private nextMatch(input: Buffer, start: number): { at: number; pattern: number } | undefined {
    let best: { at: number; pattern: number } | undefined;
    for (let pattern = 0; pattern < this.patterns.length; pattern++) {
      const at = input.indexOf(this.patterns[pattern] as Buffer, start);
      if (at >= 0 && (best === undefined || at < best.at)) best = { at, pattern };
    }
    return best;
  }

  /** Where a pattern may begin whose end is not there yet; the length of the input when nowhere. */
  private possibleStart(input: Buffer, from: number): number {
    const longest = (this.patterns[1] as Buffer).length - 1;
    for (let at = Math.max(from, input.length - longest); at < input.length; at++) {
      at = input.indexOf(34, at);
      if (at < 0) break;
      if (this.patterns.some((pattern) => beginsAt(input, at, pattern))) return at;
    }
    return input.length;
  }
}

/** Whether all bytes from `at` to the end are the first bytes of the pattern. */
function beginsAt(input: Buffer, at: number, pattern: Buffer): boolean {
  const length = input.length - at;
  return length < pattern.length && input.compare(pattern, 0, length, at) === 0;
}
