import fc from 'fast-check';
import { limits } from '../../../src/transport/http2/limits';
import { frameType } from '../../../src/transport/http2/protocol';
import { frame, greeting, grpcMessage, openCall, openConnection, RawConnection } from '../../support/transport';

const anyFrame = fc.oneof(
  fc
    .record({
      type: fc.integer({ min: 0, max: 12 }),
      flags: fc.integer({ min: 0, max: 255 }),
      id: fc.integer({ min: 0, max: 9 }),
      payload: fc.uint8Array(),
    })
    .map(({ type, flags, id, payload }) => frame(type, flags, id, payload)),
  fc.integer({ min: 0, max: 9 }).map((id) => openCall(id)),
  fc
    .record({ id: fc.integer({ min: 0, max: 9 }), body: fc.uint8Array() })
    .map(({ id, body }) => frame(frameType.DATA, 0, id, grpcMessage(body))),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

test('no bytes of a peer throw, and every call is closed once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { maxLength: 30 }), fc.boolean(), async (frames, answers) => {
      const raw = new RawConnection();
      raw.receive(greeting());
      for (const bytes of frames) {
        raw.receive(bytes);
        if (answers) {
          raw.calls.streams.at(-1)?.send(Buffer.alloc(20_000));
          raw.calls.streams.at(-1)?.finish(0);
        }
      }
      await raw.sent();
      await raw.lose();
      expect(raw.calls.of('closed').sort()).toEqual(raw.calls.streams.map((_, index) => `${index + 1} closed`).sort());
      expect(raw.stats).toMatchObject({ calls: 0, connections: 0, callsTotal: raw.calls.streams.length });
      expect(raw.log.messages('error')).toEqual([]);
      expect(raw.connection.sender.queued).toBe(0);
    }),
    { numRuns: 300 },
  );
});

describe('times', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('a peer that says nothing is cut', () => {
    const raw = new RawConnection();
    jest.advanceTimersByTime(limits.prefaceMs - 1);
    expect(raw.socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(raw.socket.destroyed).toBe(true);
  });

  test('a peer that has greeted may stay silent', async () => {
    const raw = await openConnection();
    jest.advanceTimersByTime(24 * 3600 * 1000);
    expect(raw.socket.destroyed).toBe(false);
  });

  test('a peer that reads nothing is cut, one that reads again is not', async () => {
    const raw = await openConnection();
    raw.receive(openCall(1));
    const fill = async (): Promise<void> => {
      raw.socket.hold(true);
      raw.calls.streams[0]!.send(Buffer.alloc(16_000));
      for (let number = 0; number < 10; number++) {
        raw.receive(Buffer.concat(new Array(1000).fill(frame(frameType.PING, 0, 0, Buffer.alloc(8)))));
      }
      await raw.sent();
    };
    await fill();
    jest.advanceTimersByTime(limits.stallMs - 1);
    raw.socket.hold(false);
    await raw.sent();
    jest.advanceTimersByTime(limits.stallMs);
    expect(raw.socket.destroyed).toBe(false);
    await fill();
    jest.advanceTimersByTime(limits.stallMs);
    expect(raw.socket.destroyed).toBe(true);
  });

  test('a peer that does not close after GOAWAY is cut', async () => {
    const raw = await openConnection();
    raw.receive(frame(frameType.DATA, 0, 0));
    await raw.sent();
    expect(raw.socket.destroyed).toBe(false);
    jest.advanceTimersByTime(limits.goodbyeMs);
    expect(raw.socket.destroyed).toBe(true);
  });
});
