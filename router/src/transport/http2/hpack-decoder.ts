import { HeaderField } from './header-field';
import { HeaderTable } from './header-table';
import { decodeHuffman } from './huffman';
import { ConnectionError, errorCode } from './protocol';

/** Integers beyond this are no use to anybody, and would not stay exact for long. */
const MAX_INTEGER = 0x0fff_ffff;

function broken(what: string): ConnectionError {
  return new ConnectionError(errorCode.COMPRESSION_ERROR, `header block: ${what}`);
}

/** Unpacks the header blocks of one connection (RFC 7541). */
export class HpackDecoder {
  private readonly table = new HeaderTable();
  private bytes: Buffer = Buffer.alloc(0);
  private position = 0;
  private end = 0;
  /** The last block was larger than the limit: what {@link decode} returned is not all of it. */
  overflowed = false;

  constructor(private readonly maxListBytes: number) {}

  /**
   * Reads a whole block. It is read to its end even beyond the limit, because later blocks depend on the table.
   * @throws ConnectionError when the block is broken: the table is lost then, and with it the connection
   */
  decode(bytes: Buffer, start: number, end: number): HeaderField[] {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.overflowed = false;
    const fields: HeaderField[] = [];
    let size = 0;
    while (this.position < end) {
      const field = this.readField(fields.length === 0 && !this.overflowed);
      if (field !== undefined) {
        size += field.size;
        if (size > this.maxListBytes) {
          this.overflowed = true;
        } else {
          fields.push(field);
        }
      }
    }
    return fields;
  }

  private readField(mayResize: boolean): HeaderField | undefined {
    const first = this.bytes[this.position]!;
    if (first >= 0x80) {
      return this.indexed(this.readInteger(7));
    }
    if (first >= 0x40) {
      const field = this.readLiteral(6);
      this.table.add(field);
      return field;
    }
    if (first < 0x20) {
      return this.readLiteral(4);
    }
    const size = this.readInteger(5);
    if (!mayResize || !this.table.resize(size)) {
      throw broken(`table size ${size} is too large or comes too late`);
    }
    return undefined;
  }

  private indexed(index: number): HeaderField {
    const field = this.table.get(index);
    if (field === undefined) {
      throw broken(`no field has the index ${index}`);
    }
    return field;
  }

  private readLiteral(prefixBits: number): HeaderField {
    const index = this.readInteger(prefixBits);
    const name = index === 0 ? this.readString() : this.indexed(index).name;
    return new HeaderField(name, this.readString());
  }

  private readInteger(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.bytes[this.position++]! & mask;
    if (value < mask) {
      return value;
    }
    for (let factor = 1; ; factor *= 128) {
      if (this.position >= this.end) {
        throw broken('it ends inside a number');
      }
      const byte = this.bytes[this.position++]!;
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) {
        throw broken('a number is too large');
      }
      if (byte < 0x80) {
        return value;
      }
    }
  }

  private readString(): string {
    if (this.position >= this.end) {
      throw broken('it ends before a string');
    }
    const huffman = this.bytes[this.position]! >= 0x80;
    const length = this.readInteger(7);
    const start = this.position;
    if (length > this.end - start) {
      throw broken('it ends inside a string');
    }
    this.position = start + length;
    if (!huffman) {
      return this.bytes.toString('latin1', start, this.position);
    }
    const text = decodeHuffman(this.bytes, start, this.position);
    if (text === undefined) {
      throw broken('a Huffman code is wrong');
    }
    return text;
  }
}
