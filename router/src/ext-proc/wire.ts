/** Bytes that are no protobuf message. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

/** Wire types of protobuf; groups (3 and 4) are not in use in any message here. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** First bytes that can not be part of a number below 2^53. */
const MAX_VARINT_BYTES = 10;

/** Steps through the fields of a protobuf message that lies between two positions of a buffer. Nothing is copied. */
export class FieldReader {
  /** Number of the current field. */
  field = 0;
  /** Wire type of the current field. */
  type = 0;
  /** Of a `bytes` field: where its content starts. */
  start = 0;
  /** Of a `bytes` field: where its content ends. */
  end = 0;
  /** Of a `varint` field: its value; imprecise beyond 2^53. */
  value = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private position = 0;
  private limit = 0;

  /** Begins with a message. */
  open(bytes: Buffer, start: number, end: number): this {
    this.bytes = bytes;
    this.position = start;
    this.limit = end;
    return this;
  }

  /** Goes to the next field; false at the end. @throws WireError */
  next(): boolean {
    if (this.position >= this.limit) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0 || this.field > 0x1fffffff) throw new WireError('a field has no number');
    if (this.type === wireType.bytes) {
      const length = this.varint();
      this.start = this.position;
      this.skip(length);
      this.end = this.position;
    } else if (this.type === wireType.varint) this.value = this.varint();
    else if (this.type === wireType.fixed64) this.fixed(8);
    else if (this.type === wireType.fixed32) this.fixed(4);
    else throw new WireError(`a field has the wire type ${this.type}`);
    return true;
  }

  /** True at a field of that number whose content is bytes: text, bytes or a message. */
  isBytes(field: number): boolean {
    return this.field === field && this.type === wireType.bytes;
  }

  /** The current field as a double. */
  double(): number {
    return this.bytes.readDoubleLE(this.start);
  }

  /** The current field as text. */
  text(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }

  private fixed(size: number): void {
    this.start = this.position;
    this.skip(size);
    this.end = this.position;
  }

  private skip(length: number): void {
    this.position += length;
    if (this.position > this.limit) throw new WireError('a field is longer than its message');
  }

  private varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.position >= this.limit) break;
      const byte = this.bytes[this.position++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new WireError('a number does not end');
  }
}
