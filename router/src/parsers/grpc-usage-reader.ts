import type { ResponseReader } from '../plugin/plugins';
import type { Usage } from '../plugin/request';
import { GrpcFrames } from './grpc-frames';
import { mergeUsage, type UsageReport } from './usage';

/** Reads usage from the messages of a gRPC answer; messages that can not be read are passed over. */
export class GrpcUsageReader implements ResponseReader {
  readonly events = 0;
  private known: Usage | undefined;
  private readonly frames: GrpcFrames;

  constructor(read: (message: Buffer) => UsageReport | undefined) {
    this.frames = new GrpcFrames((message) => {
      try {
        const report = read(message);
        if (report !== undefined) this.known = mergeUsage(this.known, report);
      } catch {
        // Only counts are lost: the answer itself goes on unchanged.
      }
    });
  }

  push(chunk: Buffer): void {
    this.frames.push(chunk);
  }

  get usage(): Usage | undefined {
    return this.known;
  }
}
