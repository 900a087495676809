import type { JsonObject } from 'llm-d-epp-config';
import type { ResponseReader } from '../plugin/plugins';
import type { Usage } from '../plugin/request';
import { mergeUsage, type ReadUsage } from './usage';

/** Bytes that are kept of the end of an answer; usage stands among its last fields. */
const TAIL = 64 * 1024;
/** Places that are tried: the name may also stand in nested objects. */
const MAX_PLACES = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Position after the string that opens at `start`. */
function afterString(json: Buffer, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== QUOTE) i += json[i] === BACKSLASH ? 2 : 1;
  return i + 1;
}

function skipSpace(json: Buffer, start: number): number {
  let i = start;
  while (isSpace(json[i])) i++;
  return i;
}

/**
 * The value of a field whose name ends before `start`, if it is a field of the outermost object. That is known from the end of the
 * document alone: from a field of the outermost object on, exactly one bracket more is closed than opened, and by the last byte.
 */
function outermostValue(json: Buffer, start: number): string | undefined {
  let i = skipSpace(json, start);
  if (json[i] !== COLON) return undefined;
  const value = ++i;
  let valueEnd = -1;
  let depth = 1;
  while (i < json.length) {
    const byte = json[i];
    if (byte === QUOTE) {
      i = afterString(json, i);
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    if (valueEnd < 0 && ((byte === COMMA && depth === 1) || depth === 0)) valueEnd = i;
    i++;
    if (depth === 0) {
      const closesDocument = byte === CLOSE_OBJECT && skipSpace(json, i) === json.length;
      return closesDocument ? json.toString('latin1', value, valueEnd) : undefined;
    }
  }
  return undefined;
}

/** The JSON text of field `name` of the outermost object, looked for from the end. `json` may lack its beginning. */
export function lastOutermostField(json: Buffer, name: string): string | undefined {
  const quoted = `"${name}"`;
  let at = json.lastIndexOf(quoted);
  for (let tries = 0; at > 0 && tries < MAX_PLACES; tries++) {
    // After a backslash the quote is part of a string.
    const value = json[at - 1] === BACKSLASH ? undefined : outermostValue(json, at + quoted.length);
    if (value !== undefined) return value;
    at = json.lastIndexOf(quoted, at - 1);
  }
  return undefined;
}

/**
 * Reads usage from field `name` of a JSON answer, once it is complete. Only the last 64 KiB are kept: an answer that goes on for longer
 * after the field has no usage.
 */
export class JsonReader implements ResponseReader {
  readonly events = 0;
  private chunks: Buffer[] = [];
  private size = 0;
  private changed = false;
  private known: Usage | undefined;

  constructor(
    private readonly name: string,
    private readonly read: ReadUsage,
  ) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
    this.changed = true;
    let first = this.chunks[0] as Buffer;
    while (this.size - first.length >= TAIL) {
      this.chunks.shift();
      this.size -= first.length;
      first = this.chunks[0] as Buffer;
    }
  }

  get usage(): Usage | undefined {
    if (!this.changed) return this.known;
    this.changed = false;
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    const value = lastOutermostField(this.chunks[0] as Buffer, this.name);
    const report = value === undefined ? undefined : this.report(value);
    this.known = report === undefined ? undefined : mergeUsage(undefined, report);
    return this.known;
  }

  private report(value: string): ReturnType<ReadUsage> {
    try {
      return this.read({ [this.name]: JSON.parse(value) } as JsonObject);
    } catch {
      return undefined;
    }
  }
}
