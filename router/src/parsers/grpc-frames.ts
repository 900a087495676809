/** One byte of flags and four of length, big-endian. Source: the gRPC protocol over HTTP/2. */
const HEADER = 5;
const UNCOMPRESSED = 0;
const COMPRESSED = 1;
/** Longest message of an answer that is looked into, in bytes. */
const MAX_MESSAGE = 4 << 20;

/**
 * The message of a request body, which must be one whole uncompressed frame.
 * @throws Error that says what is wrong with it
 */
export function grpcMessage(body: Buffer): Buffer {
  if (body.length < HEADER) throw new Error(`invalid gRPC frame: expected at least ${HEADER} bytes for header, got ${body.length}`);
  if (body[0] === COMPRESSED) throw new Error('compressed gRPC payload is not supported');
  const length = body.readUInt32BE(1);
  const available = body.length - HEADER;
  if (available < length) {
    throw new Error(`incomplete gRPC payload: header indicates ${length} bytes, but only ${available} bytes are available`);
  }
  return body.subarray(HEADER, HEADER + length);
}

/** Puts the messages of an answer together, whose frames may be cut anywhere. Compressed and very long messages are skipped. */
export class GrpcFrames {
  private parts: Buffer[] = [];
  private size = 0;
  /** Bytes of a skipped message that are still to come. */
  private toSkip = 0;
  private broken = false;

  constructor(private readonly onMessage: (message: Buffer) => void) {}

  push(chunk: Buffer): void {
    if (this.broken) return;
    let bytes = chunk;
    if (this.toSkip > 0) {
      const skipped = Math.min(this.toSkip, bytes.length);
      this.toSkip -= skipped;
      bytes = bytes.subarray(skipped);
    }
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.size += bytes.length;
    while (this.take());
  }

  private take(): boolean {
    if (this.broken || this.size < HEADER) return false;
    let first = this.parts[0] as Buffer;
    if (first.length < HEADER) first = this.join();
    const flags = first[0];
    if (flags !== UNCOMPRESSED && flags !== COMPRESSED) {
      // No gRPC: the proxy's own answer, say.
      this.broken = true;
      this.parts = [];
      return false;
    }
    const length = first.readUInt32BE(1);
    const end = HEADER + length;
    if (flags === COMPRESSED || length > MAX_MESSAGE) {
      this.drop(end);
      return true;
    }
    if (this.size < end) return false;
    const all = this.join();
    this.keep(all.subarray(end));
    this.onMessage(all.subarray(HEADER, end));
    return true;
  }

  private drop(bytes: number): void {
    const all = this.join();
    this.toSkip = Math.max(0, bytes - all.length);
    this.keep(all.subarray(Math.min(bytes, all.length)));
  }

  private join(): Buffer {
    if (this.parts.length > 1) this.parts = [Buffer.concat(this.parts)];
    return this.parts[0] as Buffer;
  }

  private keep(rest: Buffer): void {
    this.parts = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
  }
}
