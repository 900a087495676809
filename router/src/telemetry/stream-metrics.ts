import type { Clock } from '../plugin/clock';
import { type GrpcMethod, type GrpcStatus, type GrpcStream, grpcStatus } from '../transport/types';
import { buckets } from './buckets-catalog';
import type { MetricsRegistry } from './registry';

/** Go's own spellings; the other names are put together from the words of ours. */
const SPELLINGS: Readonly<Record<string, string>> = { OK: 'OK', CANCELLED: 'Canceled' };

const capitalised = (word: string): string => word.charAt(0) + word.slice(1).toLowerCase();

/** Names of status codes as Go writes them: `INVALID_ARGUMENT` is `InvalidArgument`. */
const codeNames: ReadonlyMap<GrpcStatus, string> = new Map(
  Object.entries(grpcStatus).map(([name, code]) => [code, SPELLINGS[name] ?? name.split('_').map(capitalised).join('')]),
);

/** Remembers how a call was ended; all else is passed on. */
class WatchedStream implements GrpcStream {
  /** A call that nobody ended was reset by the peer, as Envoy does after every request. */
  status: GrpcStatus = grpcStatus.CANCELLED;
  private finished = false;

  constructor(private readonly stream: GrpcStream) {}

  get path(): string {
    return this.stream.path;
  }

  header(name: string): string | undefined {
    return this.stream.header(name);
  }

  send(...pieces: Uint8Array[]): boolean {
    return this.stream.send(...pieces);
  }

  finish(status: GrpcStatus, message?: string): void {
    if (!this.finished) this.status = status;
    this.finished = true;
    this.stream.finish(status, message);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }
}

/** A method that counts its calls. Names and buckets: llm-d-router v0.10.0, `pkg/epp/metrics/grpc_stream_metrics.go`. */
export function countedStreams(method: GrpcMethod, registry: MetricsRegistry, clock: Clock): GrpcMethod {
  const open = registry.gauge('llm_d_epp_extproc_streams_inflight', 'Number of ext_proc gRPC streams currently open.').with();
  const name = 'llm_d_epp_extproc_stream_duration_seconds';
  const durations = registry.histogram(name, 'Time that ext_proc gRPC streams stay open.', buckets.streamSeconds).with();
  const total = registry.counter('llm_d_epp_extproc_streams_total', 'Ext_proc gRPC streams that ended, by gRPC status.', ['code']);
  return (stream) => {
    const watched = new WatchedStream(stream);
    const call = method(watched);
    const started = clock.now();
    open.inc();
    return {
      message: (bytes) => call.message(bytes),
      ended: () => call.ended(),
      drained: () => call.drained?.(),
      closed: () => {
        open.dec();
        durations.observe((clock.now() - started) / 1000);
        total.with(codeNames.get(watched.status) as string).inc();
        call.closed();
      },
    };
  };
}
