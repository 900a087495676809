const FIRST_SIZE = 16 * 1024;
/** Above this size the memory is given back after the message. */
const KEPT_SIZE = 256 * 1024;
/** Up to this length a loop is faster than a call into the runtime. */
const SHORT = 64;

/**
 * Writes a protobuf message from its end to its start, so that the length of each part is known when its prefix is written, and one pass
 * without corrections is enough. The memory is used again for each message.
 */
export class ReverseWriter {
  private bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  private position = FIRST_SIZE;

  /** Bytes written so far; remember it before a part is written to give the part its length. */
  get size(): number {
    return this.bytes.length - this.position;
  }

  /** Starts a new message. */
  reset(): this {
    if (this.bytes.length > KEPT_SIZE) this.bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
    this.position = this.bytes.length;
    return this;
  }

  /** A copy of what was written. */
  take(): Buffer {
    const copy = Buffer.allocUnsafe(this.size);
    this.bytes.copy(copy, 0, this.position);
    return copy;
  }

  /** Puts one byte in front. */
  byte(value: number): void {
    if (this.position === 0) this.grow(1);
    this.bytes[--this.position] = value;
  }

  /** Puts a number in front. */
  varint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    const length = varintSize(value);
    this.reserve(length);
    this.position -= length;
    writeVarint(this.bytes, this.position, value);
  }

  /** Puts bytes in front. */
  copy(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    this.position -= length;
    if (length > SHORT) {
      source.copy(this.bytes, this.position, start, end);
      return;
    }
    const { bytes } = this;
    for (let from = start, to = this.position; from < end; from++, to++) bytes[to] = source[from] as number;
  }

  /** Puts text in front, in UTF-8. */
  text(value: string): void {
    if (value.length <= SHORT && this.ascii(value)) return;
    const length = Buffer.byteLength(value);
    this.reserve(length);
    this.position -= length;
    this.bytes.write(value, this.position, length);
  }

  /** Puts a double in front. */
  double(value: number): void {
    this.reserve(8);
    this.position -= 8;
    this.bytes.writeDoubleLE(value, this.position);
  }

  /** Puts tag and length in front of all that was written since `size` was `before`. */
  wrap(field: number, before: number): void {
    this.varint(this.size - before);
    this.byte((field << 3) | 2);
  }

  /** Puts a text field in front. */
  textField(field: number, value: string): void {
    const before = this.size;
    this.text(value);
    this.wrap(field, before);
  }

  /** Writes text if it is ASCII; false, and nothing is written, when it is not. */
  private ascii(value: string): boolean {
    const { length } = value;
    this.reserve(length);
    const { bytes } = this;
    const start = this.position - length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    this.position = start;
    return true;
  }

  private reserve(length: number): void {
    if (this.position < length) this.grow(length);
  }

  private grow(length: number): void {
    const bytes = Buffer.allocUnsafeSlow(2 * (this.bytes.length + length));
    this.bytes.copy(bytes, bytes.length - this.size, this.position);
    this.position = bytes.length - this.size;
    this.bytes = bytes;
  }
}

/** Bytes that a number takes as varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a number below 2^53 at a position and returns the position after it. */
export function writeVarint(bytes: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}
