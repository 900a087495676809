const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

const malformed = (): Error => new Error('cannot parse invalid wire-format data');

/**
 * Walks over the fields of a protobuf message: `while (reader.next())` with one of the value methods, or none to skip the field.
 * @throws Error when the message is malformed
 */
export class ProtoReader {
  /** Number of the current field. */
  field = 0;
  private wire = -1;
  private position = 0;
  private pending = false;

  constructor(private readonly message: Buffer) {}

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.pending) this.skip();
    if (this.position >= this.message.length) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.field === 0) throw malformed();
    this.pending = true;
    return true;
  }

  /** Value of a uint32 or bool field. */
  uint(): number {
    this.expect(VARINT);
    return this.varint();
  }

  /** Value of a bytes, string or message field: a view on the message. */
  bytes(): Buffer {
    this.expect(BYTES);
    return this.take();
  }

  /** Value of a string field. */
  text(): string {
    return this.bytes().toString('utf8');
  }

  /** Appends the values of a repeated uint32 field, packed or not. */
  uints(values: number[]): void {
    if (this.wire === VARINT) {
      values.push(this.uint());
      return;
    }
    const packed = new ProtoReader(this.bytes());
    while (packed.position < packed.message.length) values.push(packed.varint());
  }

  private expect(wire: number): void {
    if (this.wire !== wire) throw malformed();
    this.pending = false;
  }

  private skip(): void {
    this.pending = false;
    if (this.wire === VARINT) this.varint();
    else if (this.wire === BYTES) this.take();
    else if (this.wire === FIXED64) this.advance(8);
    else if (this.wire === FIXED32) this.advance(4);
    else throw malformed();
  }

  private advance(bytes: number): void {
    if (this.message.length - this.position < bytes) throw malformed();
    this.position += bytes;
  }

  private take(): Buffer {
    const length = this.varint();
    const start = this.position;
    this.advance(length);
    return this.message.subarray(start, this.position);
  }

  /** The low 32 bits of a varint. */
  private varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.message[this.position++];
      if (byte === undefined) throw malformed();
      if (i < 5) value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed();
  }
}
