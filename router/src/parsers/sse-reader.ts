import type { ResponseReader } from '../plugin/plugins';
import type { Usage } from '../plugin/request';
import { isJsonObject } from './json-body';
import { mergeUsage, type ReadUsage } from './usage';

/** Longest line that is looked into, in bytes; events that carry a whole answer are long. */
const MAX_LINE = 4 << 20;
/** What is kept of a longer line, so that it still counts as an event. */
const LINE_HEAD = 16;
const PREFIX = 'data:';
const DONE = '[DONE]';

/** Where the payload of a `data:` line begins; the space after the colon is optional. */
const payloadStart = (text: string, start: number): number => start + PREFIX.length + (text[start + PREFIX.length] === ' ' ? 1 : 0);

/**
 * Counts the events of an SSE stream and reads usage from those that contain `word`.
 *
 * Text is read as Latin-1: bytes beyond ASCII only stand inside JSON strings, whose content does not matter here.
 */
export class SseReader implements ResponseReader {
  private known: Usage | undefined;
  private counted = 0;
  /** The line that has not ended yet. */
  private rest = '';
  private tooLong = false;

  constructor(
    private readonly word: string,
    private readonly read: ReadUsage,
  ) {}

  push(chunk: Buffer): void {
    const text = chunk.toString('latin1');
    let end = text.indexOf('\n');
    if (end < 0) {
      this.keep(text);
      return;
    }
    let start = 0;
    if (this.rest !== '') {
      const line = this.tooLong ? this.rest : this.rest + text.slice(0, end);
      this.line(line, 0, line.length, this.tooLong ? -1 : line.indexOf(this.word));
      this.rest = '';
      this.tooLong = false;
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    let word = text.indexOf(this.word, start);
    while (end >= 0) {
      if (word >= 0 && word < start) word = text.indexOf(this.word, start);
      this.line(text, start, end, word);
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    if (start < text.length) this.keep(text.slice(start));
  }

  /** Counts so far. A last line without line end is taken into account once it is a whole event. */
  get usage(): Usage | undefined {
    if (this.rest.endsWith('}') && !this.tooLong) {
      this.line(this.rest, 0, this.rest.length, this.rest.indexOf(this.word), false);
    }
    return this.known;
  }

  get events(): number {
    return this.counted + (this.isOpenEvent() ? 1 : 0);
  }

  private isOpenEvent(): boolean {
    if (!this.rest.startsWith(PREFIX)) return false;
    return !DONE.startsWith(this.rest.slice(payloadStart(this.rest, 0)).trimEnd());
  }

  private keep(text: string): void {
    if (this.tooLong) return;
    this.rest += text;
    if (this.rest.length <= MAX_LINE) return;
    this.rest = this.rest.slice(0, LINE_HEAD);
    this.tooLong = true;
  }

  /** Looks at the line from `start` to `end`; `word` is where the word of interest stands next. */
  private line(text: string, start: number, end: number, word: number, count = true): void {
    if (!text.startsWith(PREFIX, start)) return;
    const payload = payloadStart(text, start);
    const length = end - payload;
    if (text.startsWith(DONE, payload) && (length === DONE.length || (length === DONE.length + 1 && text[end - 1] === '\r'))) return;
    if (count) this.counted++;
    if (word >= payload && word < end && !this.isNull(text, word, end)) this.event(text.slice(payload, end));
  }

  /** Servers send `"usage":null` with every event but the last: that needs no decoding. */
  private isNull(text: string, word: number, end: number): boolean {
    const after = word + this.word.length;
    if (!text.startsWith('":null', after)) return false;
    const next = text.indexOf(this.word, after);
    return next < 0 || next >= end;
  }

  private event(json: string): void {
    let event: unknown;
    try {
      event = JSON.parse(json);
    } catch {
      return;
    }
    const report = isJsonObject(event) ? this.read(event) : undefined;
    if (report !== undefined) this.known = mergeUsage(this.known, report);
  }
}
