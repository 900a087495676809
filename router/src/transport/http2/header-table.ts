import { HeaderField } from './header-field';
import { staticTable } from './static-table-catalog';

/** Bytes of the dynamic table; this is the default of the protocol, and no SETTINGS of this server changes it. */
export const HEADER_TABLE_BYTES = 4096;

/** No field counts less than 32 bytes. */
const MAX_FIELDS = HEADER_TABLE_BYTES / 32;

const statics: readonly HeaderField[] = staticTable.map(([name, value]) => new HeaderField(name, value));

/** The static table and a connection's dynamic one. */
export class HeaderTable {
  /** A ring; the newest field is at `newest`. */
  private readonly ring = new Array<HeaderField | undefined>(MAX_FIELDS).fill(undefined);
  private newest = 0;
  private count = 0;
  private bytes = 0;
  private maxBytes = HEADER_TABLE_BYTES;

  /** The field of an index as headers name it, from 1 on. */
  get(index: number): HeaderField | undefined {
    if (index <= statics.length) {
      return statics[index - 1];
    }
    const age = index - statics.length - 1;
    return age < this.count ? this.ring[(this.newest + MAX_FIELDS - age) % MAX_FIELDS] : undefined;
  }

  /** Adds a field and drops the oldest ones that no longer fit; a field larger than the table empties it. */
  add(field: HeaderField): void {
    this.shrinkTo(Math.max(0, this.maxBytes - field.size));
    if (field.size <= this.maxBytes) {
      this.newest = (this.newest + 1) % MAX_FIELDS;
      this.ring[this.newest] = field;
      this.count++;
      this.bytes += field.size;
    }
  }

  /** What the peer's encoder uses of the table. False when it is more than was allowed. */
  resize(maxBytes: number): boolean {
    if (maxBytes > HEADER_TABLE_BYTES) {
      return false;
    }
    this.maxBytes = maxBytes;
    this.shrinkTo(maxBytes);
    return true;
  }

  private shrinkTo(bytes: number): void {
    while (this.bytes > bytes) {
      const oldest = (this.newest + MAX_FIELDS - (this.count - 1)) % MAX_FIELDS;
      this.bytes -= this.ring[oldest]!.size;
      this.ring[oldest] = undefined;
      this.count--;
    }
  }
}
