import type { Headers } from '../plugin/request';
import { systemOwned } from '../request-control/header-names';
import type { ReverseWriter } from './reverse-writer';
import { FieldReader } from './wire';

/** Numbers kept for each header: its message, its name, its value, and flags. */
const STRIDE = 7;
/** Something stands in `value`, which is for text: the answer must have the value in `raw_value` and nothing there. */
const MOVE = 1;
/** A later header has the same name. */
const SUPERSEDED = 2;
/** Another header has the same name. */
const REPEATED = 4;
/** It was set or deleted since. */
const CHANGED = 8;

/** Up to this many headers, comparing each with each is fastest. */
const MANY = 64;

const CAPITAL_A = 65;
const CAPITAL_Z = 90;
const TO_LOWER = 32;
const LETTER_C = 99;
const LETTER_X = 120;
const DASH = 45;

/** A header that was set or deleted (`undefined`). */
type Changes = Map<string, string | undefined>;

/**
 * The headers of a message (`envoy.config.core.v3.HeaderMap`), read where they lie, plus the changes that plugins make to them.
 *
 * Names are brought to lower case in the message itself. Of equal names the last one counts.
 */
export class HeaderBlock implements Headers {
  private readonly index: number[] = [];
  private changes: Changes | undefined;

  /** @throws WireError */
  constructor(
    private readonly bytes: Buffer,
    start: number,
    end: number,
  ) {
    const list = new FieldReader().open(bytes, start, end);
    const header = new FieldReader();
    while (list.next()) {
      if (list.isBytes(1)) this.add(header.open(bytes, list.start, list.end), list.start, list.end);
    }
    this.markRepeated();
  }

  /**
   * Headers with memory of their own. They are kept until the request ends, while the message is a slice of what one read of the socket
   * brought, up to 64 KiB.
   * @throws WireError
   */
  static copyOf(bytes: Buffer, start: number, end: number): HeaderBlock {
    const own = Buffer.from(bytes.subarray(start, end));
    return new HeaderBlock(own, 0, own.length);
  }

  /** Headers of a message that never came. */
  static empty(): HeaderBlock {
    return new HeaderBlock(Buffer.alloc(0), 0, 0);
  }

  get(name: string): string | undefined {
    if (this.changes?.has(name)) return this.changes.get(name);
    const at = this.find(name);
    return at < 0 ? undefined : this.value(at);
  }

  set(name: string, value: string): void {
    this.change(name.toLowerCase(), value);
  }

  delete(name: string): void {
    if (this.changes === undefined && this.find(name) < 0) return;
    this.change(name.toLowerCase(), undefined);
  }

  /** Whether the message itself holds the header, whatever became of it since. */
  came(name: string): boolean {
    return this.find(name) >= 0;
  }

  *names(): Iterable<string> {
    for (let at = 0; at < this.index.length; at += STRIDE) {
      if ((this.flags(at) & (SUPERSEDED | CHANGED)) === 0) yield this.name(at);
    }
    if (this.changes === undefined) return;
    for (const [name, value] of this.changes) if (value !== undefined) yield name;
  }

  /**
   * Writes `set_headers` of a mutation: what was changed, and with `echo` also all that came, bytes as they are, without those that
   * belong to the system. Names that came more than once are not echoed, because the proxy would keep one of them only.
   */
  writeSet(out: ReverseWriter, echo: boolean): void {
    if (this.changes !== undefined) this.writeChanges(out, this.changes);
    if (!echo) return;
    for (let at = this.index.length - STRIDE; at >= 0; at -= STRIDE) {
      if ((this.flags(at) & (REPEATED | CHANGED)) === 0 && !this.isSystemOwned(at)) this.writeOne(out, at);
    }
  }

  /** Writes `remove_headers` of a mutation: what was deleted, and with `controls` also the control headers that came. */
  writeRemoved(out: ReverseWriter, controls: boolean, except: string): void {
    if (this.changes !== undefined) {
      for (const [name, value] of this.changes) {
        if (value === undefined && !systemOwned.has(name) && this.came(name)) out.textField(2, name);
      }
    }
    if (!controls) return;
    for (let at = 0; at < this.index.length; at += STRIDE) {
      if ((this.flags(at) & SUPERSEDED) !== 0 || !this.isSystemOwned(at)) continue;
      const name = this.name(at);
      if (name !== 'content-length' && name !== except) out.textField(2, name);
    }
  }

  private change(name: string, value: string | undefined): void {
    this.changes ??= new Map();
    this.changes.set(name, value);
    const at = this.find(name);
    if (at >= 0) this.index[at + 6] = this.flags(at) | CHANGED;
  }

  private writeChanges(out: ReverseWriter, changes: Changes): void {
    for (const [name, value] of [...changes].reverse()) {
      if (value !== undefined && !systemOwned.has(name)) writeHeader(out, name, value);
    }
  }

  private writeOne(out: ReverseWriter, at: number): void {
    const before = out.size;
    if ((this.flags(at) & MOVE) !== 0) {
      out.copy(this.bytes, this.index[at + 4] as number, this.index[at + 5] as number);
      out.wrap(3, before);
      const name = out.size;
      out.copy(this.bytes, this.index[at + 2] as number, this.index[at + 3] as number);
      out.wrap(1, name);
    } else out.copy(this.bytes, this.index[at] as number, this.index[at + 1] as number);
    out.wrap(1, before);
    out.wrap(1, before);
  }

  private add(header: FieldReader, start: number, end: number): void {
    let [nameStart, nameEnd, valueStart, valueEnd, rawStart, rawEnd] = [0, 0, 0, 0, 0, 0];
    while (header.next()) {
      if (header.isBytes(1)) [nameStart, nameEnd] = [header.start, header.end];
      else if (header.isBytes(2)) [valueStart, valueEnd] = [header.start, header.end];
      else if (header.isBytes(3)) [rawStart, rawEnd] = [header.start, header.end];
    }
    // No header has an empty name, and echoing one would make the proxy refuse the answer.
    if (nameStart === nameEnd) return;
    const { bytes } = this;
    for (let i = nameStart; i < nameEnd; i++) {
      const letter = bytes[i] as number;
      if (letter >= CAPITAL_A && letter <= CAPITAL_Z) bytes[i] = letter + TO_LOWER;
    }
    const hasText = valueStart !== valueEnd;
    if (hasText && rawStart === rawEnd) [rawStart, rawEnd] = [valueStart, valueEnd];
    this.index.push(start, end, nameStart, nameEnd, rawStart, rawEnd, hasText ? MOVE : 0);
  }

  private markRepeated(): void {
    const { index } = this;
    if (index.length > MANY * STRIDE) {
      this.markRepeatedByName();
      return;
    }
    for (let later = STRIDE; later < index.length; later += STRIDE) {
      for (let at = 0; at < later; at += STRIDE) {
        if (!this.sameName(at, later)) continue;
        index[at + 6] = this.flags(at) | SUPERSEDED | REPEATED;
        index[later + 6] = this.flags(later) | REPEATED;
      }
    }
  }

  /** The same in linear time, for lists that no client with good intentions sends. */
  private markRepeatedByName(): void {
    const { index } = this;
    const last = new Map<string, number>();
    for (let at = 0; at < index.length; at += STRIDE) {
      const name = this.name(at);
      const before = last.get(name);
      if (before !== undefined) {
        index[before + 6] = this.flags(before) | SUPERSEDED | REPEATED;
        index[at + 6] = this.flags(at) | REPEATED;
      }
      last.set(name, at);
    }
  }

  private sameName(a: number, b: number): boolean {
    const [startA, endA] = [this.index[a + 2] as number, this.index[a + 3] as number];
    const [startB, endB] = [this.index[b + 2] as number, this.index[b + 3] as number];
    if (endA - startA !== endB - startB) return false;
    const { bytes } = this;
    // From the end: names of one family differ there.
    for (let i = endA - 1, j = endB - 1; i >= startA; i--, j--) if (bytes[i] !== bytes[j]) return false;
    return true;
  }

  private find(name: string): number {
    const { bytes, index } = this;
    const { length } = name;
    for (let at = index.length - STRIDE; at >= 0; at -= STRIDE) {
      const start = index[at + 2] as number;
      if ((index[at + 3] as number) - start !== length) continue;
      let i = length - 1;
      while (i >= 0 && bytes[start + i] === name.charCodeAt(i)) i--;
      if (i < 0) return at;
    }
    return -1;
  }

  private isSystemOwned(at: number): boolean {
    const start = this.index[at + 2] as number;
    const first = this.bytes[start];
    // All names of the system start with `x-` or `c`; this spares most headers the making of a string.
    if (first !== LETTER_C && (first !== LETTER_X || this.bytes[start + 1] !== DASH)) return false;
    return systemOwned.has(this.name(at));
  }

  private flags(at: number): number {
    return this.index[at + 6] as number;
  }

  private name(at: number): string {
    return this.bytes.toString('latin1', this.index[at + 2] as number, this.index[at + 3] as number);
  }

  private value(at: number): string {
    return this.bytes.toString('utf8', this.index[at + 4] as number, this.index[at + 5] as number);
  }
}

/** Writes one element of `set_headers`. */
export function writeHeader(out: ReverseWriter, name: string, value: string): void {
  const before = out.size;
  out.textField(3, value);
  out.textField(1, name);
  out.wrap(1, before);
  out.wrap(1, before);
}
