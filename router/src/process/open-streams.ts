import type { GrpcCall, GrpcMethod, GrpcStream } from '../transport/types';

/** Counts the open streams of a method, to tell when the last one is over. */
export class OpenStreams {
  private count = 0;
  private idle: (() => void) | undefined;

  constructor(private readonly method: GrpcMethod) {}

  /** Answers a stream by the method. */
  readonly serve: GrpcMethod = (stream: GrpcStream): GrpcCall => {
    const call = this.method(stream);
    this.count++;
    return new CountedCall(call, this);
  };

  /** Calls once no stream is open; at once when none is. */
  whenIdle(callback: () => void): void {
    this.idle = callback;
    if (this.count === 0) callback();
  }

  /** A stream is over. */
  left(): void {
    this.count--;
    if (this.count === 0) this.idle?.();
  }
}

class CountedCall implements GrpcCall {
  constructor(
    private readonly call: GrpcCall,
    private readonly streams: OpenStreams,
  ) {}

  message(bytes: Buffer): void {
    this.call.message(bytes);
  }

  ended(): void {
    this.call.ended();
  }

  drained(): void {
    this.call.drained?.();
  }

  closed(): void {
    try {
      this.call.closed();
    } finally {
      this.streams.left();
    }
  }
}
