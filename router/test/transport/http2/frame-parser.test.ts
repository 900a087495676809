import fc from 'fast-check';
import { type FrameHandler, FrameParser } from '../../../src/transport/http2/frame-parser';
import { errorCode, frameFlag, frameType, PREFACE } from '../../../src/transport/http2/protocol';
import { frame } from '../../support/transport';

/** Notes frames as text; pieces of DATA are joined, as their number depends on the chunks. */
class Recorder implements FrameHandler {
  readonly frames: string[] = [];
  private data = '';

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.frames.push(`${type} ${flags} ${streamId} ${bytes.toString('hex', start, end)}`);
  }

  onDataStart(flags: number, streamId: number, length: number): void {
    this.data = `data ${flags} ${streamId} ${length} `;
  }

  onDataPiece(bytes: Buffer, start: number, end: number): void {
    this.data += bytes.toString('hex', start, end);
  }

  onDataEnd(): void {
    this.frames.push(this.data);
  }
}

const anyFrame = fc.record({
  type: fc.constantFrom(...Object.values(frameType), 77),
  flags: fc.constantFrom(0, frameFlag.END_STREAM, frameFlag.PADDED, frameFlag.END_HEADERS),
  streamId: fc.integer({ min: 0, max: 0x7fff_ffff }),
  payload: fc.uint8Array({ maxLength: 40 }),
});

test('chunks of any size give the same frames', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (frames, sizes) => {
      const bytes = Buffer.concat([PREFACE, ...frames.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload))]);
      const whole = new Recorder();
      new FrameParser(whole).push(bytes);
      const pieces = new Recorder();
      const parser = new FrameParser(pieces);
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length]!;
        parser.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(pieces.frames).toEqual(whole.frames);
      expect(whole.frames).toHaveLength(frames.length);
    }),
  );
});

test('DATA that lies in one chunk is a slice of it', () => {
  const seen: Buffer[] = [];
  const handler = new Recorder();
  handler.onDataPiece = (bytes) => seen.push(bytes);
  const chunk = Buffer.concat([PREFACE, frame(frameType.DATA, 0, 1, Buffer.from('hello'))]);
  new FrameParser(handler).push(chunk);
  expect(seen).toEqual([chunk]);
  expect(seen[0]).toBe(chunk);
});

test('the highest bit of a stream number is ignored', () => {
  const recorder = new Recorder();
  new FrameParser(recorder).push(Buffer.concat([PREFACE, frame(frameType.PING, 0, 0x8000_0003)]));
  expect(recorder.frames).toEqual(['6 0 3 ']);
});

test('another protocol and frames above 16 KiB end the connection', () => {
  const push = (bytes: Buffer) => () => new FrameParser(new Recorder()).push(bytes);
  expect(push(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(expect.objectContaining({ code: errorCode.PROTOCOL_ERROR }));
  const large = frame(frameType.DATA, 0, 1, Buffer.alloc(16_385));
  expect(push(Buffer.concat([PREFACE, large]))).toThrow(expect.objectContaining({ code: errorCode.FRAME_SIZE_ERROR }));
});
