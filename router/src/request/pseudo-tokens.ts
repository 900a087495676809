import { endianness } from 'node:os';
import type { MediaFeature, PromptTokens } from '../plugin/data';
import { hex64, xxh64 } from './xxh64';

/** Bytes of a pseudo token. Source: llm-d-router v0.10.0, `dataproducer/tokenizer/estimate.go`. */
const BYTES = 4;
/** Most bytes that a UTF-16 unit takes in UTF-8. */
const MAX_UNIT_BYTES = 3;
/** Scratch memory that is kept between requests, at most. */
const MAX_KEPT = 4 << 20;
/**
 * Pseudo tokens that the media of a request may take up: what clients claim of their images and videos must not fill the memory. Eight
 * times as many as prefixes are matched over by default.
 */
const MEDIA_BUDGET = 1 << 20;

const bigEndian = endianness() === 'BE';
const noFeatures: readonly MediaFeature[] = [];

let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Pseudo tokens of one text: its UTF-8 bytes, four to a token, little-endian, filled up with zeros. */
export function packText(text: string): Uint32Array {
  const ids = new Uint32Array(Math.ceil(Buffer.byteLength(text) / BYTES));
  const bytes = Buffer.from(ids.buffer);
  bytes.write(text);
  if (bigEndian) bytes.swap32();
  return ids;
}

/** Strings texts and media of a prompt together as pseudo tokens. One writer at a time: the memory is shared. */
export class PseudoTokenWriter {
  private size = 0;
  private mediaLeft = MEDIA_BUDGET;
  private readonly features: MediaFeature[] = [];

  /** Appends a text. */
  text(text: string): void {
    if (text === '') return;
    this.reserve(text.length * MAX_UNIT_BYTES);
    this.size += scratch.write(text, this.size);
  }

  /** Appends a text that is UTF-8 already. */
  bytes(text: Buffer): void {
    this.reserve(text.length);
    this.size += text.copy(scratch, this.size);
  }

  /** Appends a media item as `count` equal tokens that are made of its content, from a whole token on. */
  media(modality: MediaFeature['modality'], content: string, count: number): void {
    this.align();
    const hash = xxh64(Buffer.from(content));
    const length = Math.max(1, Math.min(Math.floor(count), this.mediaLeft));
    this.mediaLeft -= length;
    this.reserve(length * BYTES);
    this.features.push({ modality, hash: hex64(hash), offset: this.size / BYTES, length });
    const end = this.size + length * BYTES;
    scratch.writeUInt32LE(hash.low, this.size);
    scratch.fill(scratch.subarray(this.size, this.size + BYTES), this.size + BYTES, end);
    this.size = end;
  }

  /** The tokens so far. */
  finish(): PromptTokens {
    this.align();
    const ids = new Uint32Array(this.size / BYTES);
    const bytes = Buffer.from(ids.buffer);
    scratch.copy(bytes, 0, 0, this.size);
    if (bigEndian) bytes.swap32();
    if (scratch.length > MAX_KEPT) scratch = Buffer.allocUnsafeSlow(MAX_KEPT);
    return { ids, features: this.features.length > 0 ? this.features : noFeatures };
  }

  private align(): void {
    const filled = Math.ceil(this.size / BYTES) * BYTES;
    this.reserve(BYTES);
    scratch.fill(0, this.size, filled);
    this.size = filled;
  }

  private reserve(bytes: number): void {
    if (this.size + bytes <= scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.size + bytes, scratch.length * 2));
    scratch.copy(larger, 0, 0, this.size);
    scratch = larger;
  }
}
