const HEX: Int8Array = new Int8Array(256).fill(-1);
for (let i = 0; i < 10; i++) HEX[48 + i] = i;
for (let i = 0; i < 6; i++) {
  HEX[65 + i] = 10 + i;
  HEX[97 + i] = 10 + i;
}

/** More digits would be a chunk over 4 GiB. */
const MOST_DIGITS = 8;
const LINE_FEED = 10;

/** Takes the bytes of chunks, which are in `bytes[start, end)`. */
export type TakeBytes = (bytes: Buffer, start: number, end: number) => void;

/** Unwraps a body with `Transfer-Encoding: chunked`, cut into pieces anywhere. */
export class ChunkedDecoder {
  private state: 'size' | 'extension' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';
  private size = 0;
  private digits = 0;
  /** Bytes in the current line of the trailer, without its end. */
  private lineLength = 0;

  /** Prepares for another body. */
  reset(): void {
    this.state = 'size';
    this.size = 0;
    this.digits = 0;
    this.lineLength = 0;
  }

  /** Whether the body is complete. */
  get done(): boolean {
    return this.state === 'done';
  }

  /** Reads `bytes[at, end)` and returns the position after what belongs to the body. @throws Error when the body is malformed */
  push(bytes: Buffer, at: number, end: number, take: TakeBytes): number {
    while (at < end && this.state !== 'done') {
      if (this.state === 'data') {
        const last = Math.min(end, at + this.size);
        take(bytes, at, last);
        this.size -= last - at;
        at = last;
        if (this.size === 0) this.state = 'data-end';
      } else {
        this.step(bytes[at] as number);
        at++;
      }
    }
    return at;
  }

  private step(code: number): void {
    switch (this.state) {
      case 'size':
        this.sizeDigit(code);
        break;
      case 'extension':
        if (code === LINE_FEED) this.sizeEnds();
        break;
      case 'data-end':
        if (code === LINE_FEED) this.reset();
        else if (code !== 13) throw new Error('a chunk of the answer is longer than it says');
        break;
      default:
        this.trailerByte(code);
    }
  }

  private sizeDigit(code: number): void {
    const digit = HEX[code] as number;
    if (digit >= 0) {
      if (++this.digits > MOST_DIGITS) throw new Error('a chunk of the answer is larger than any page');
      this.size = this.size * 16 + digit;
      return;
    }
    if (this.digits === 0) throw new Error('a chunk of the answer has no size');
    if (code === LINE_FEED) this.sizeEnds();
    else this.state = 'extension';
  }

  private sizeEnds(): void {
    this.state = this.size === 0 ? 'trailer' : 'data';
  }

  private trailerByte(code: number): void {
    if (code === LINE_FEED) {
      if (this.lineLength === 0) this.state = 'done';
      this.lineLength = 0;
    } else if (code !== 13) this.lineLength++;
  }
}
