import fc from 'fast-check';
import { limits } from '../../../src/transport/http2/limits';
import { errorCode, frameFlag, frameType, setting } from '../../../src/transport/http2/protocol';
import { grpcStatus } from '../../../src/transport/types';
import {
  type Frame,
  frame,
  greeting,
  grpcMessage,
  headerBlock,
  openCall,
  openConnection,
  RawConnection,
  requestHeaders,
  settingsPair,
  uint32,
} from '../../support/transport';

const END = frameFlag.END_STREAM;
const OPEN_AND_END = frameFlag.END_HEADERS | frameFlag.END_STREAM;
const dataBytes = (frames: readonly Frame[], streamId: number): Buffer =>
  Buffer.concat(frames.filter((sent) => sent.type === frameType.DATA && sent.streamId === streamId).map((sent) => sent.payload));
const resets = (frames: readonly Frame[]): number[][] =>
  frames.filter((sent) => sent.type === frameType.RST_STREAM).map((sent) => [sent.streamId, sent.payload.readUInt32BE(0)]);

test('the greeting: SETTINGS, the window of the connection, and the answer to the peer’s SETTINGS', async () => {
  const raw = new RawConnection();
  raw.receive(greeting());
  const sent = await raw.sent();
  expect(sent.map(({ type, flags }) => [type, flags])).toEqual([
    [frameType.SETTINGS, 0],
    [frameType.WINDOW_UPDATE, 0],
    [frameType.SETTINGS, frameFlag.ACK],
  ]);
  const pair = settingsPair(setting.MAX_CONCURRENT_STREAMS, 4096);
  expect(sent[0]!.payload.includes(pair)).toBe(true);
  expect(sent[1]!.payload.readUInt32BE(0)).toBe(8 * 1024 * 1024 - 65_535);
});

test('a call: headers, messages, half-close, answer', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1), frame(frameType.DATA, END, 1, grpcMessage(Buffer.from('hello'))));
  raw.calls.streams[0]!.send(Buffer.from('wor'), Buffer.from('ld'));
  raw.calls.streams[0]!.finish(grpcStatus.OK);
  const sent = await raw.sent();
  expect(sent.map(({ type, flags, streamId }) => [type, flags, streamId])).toEqual([
    [frameType.HEADERS, frameFlag.END_HEADERS, 1],
    [frameType.DATA, 0, 1],
    [frameType.HEADERS, OPEN_AND_END, 1],
  ]);
  expect(dataBytes(sent, 1)).toEqual(grpcMessage(Buffer.from('world')));
  expect(raw.calls.events).toEqual(['1 open /test.Test/Call', '1 message 5 hello', '1 ended', '1 closed']);
  expect(raw.stats).toMatchObject({ calls: 0, callsTotal: 1, connections: 1 });
});

test('an answer before the peer is done ends with a reset without error', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  raw.calls.streams[0]!.finish(grpcStatus.INTERNAL, 'no – really');
  const sent = await raw.sent();
  expect(sent[0]!.payload.includes('no %E2%80%93 really')).toBe(true);
  expect(resets(sent)).toEqual([[1, errorCode.NO_ERROR]]);
  raw.receive(frame(frameType.DATA, 0, 1, grpcMessage(Buffer.from('late'))));
  expect(await raw.sent()).toEqual([]);
  expect(raw.calls.events).toEqual(['1 open /test.Test/Call', '1 closed']);
});

test('everything of one turn goes out in one write', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1), openCall(3), frame(frameType.PING, 0, 0, Buffer.alloc(8)));
  for (const stream of raw.calls.streams) {
    stream.send(Buffer.from('a'));
    stream.send(Buffer.from('b'));
    stream.finish(grpcStatus.OK);
  }
  await new Promise(setImmediate);
  expect(raw.socket.written).toHaveLength(1);
});

test('a stream of bytes gives the same calls however it is cut', async () => {
  const bytes = Buffer.concat([
    greeting(settingsPair(setting.INITIAL_WINDOW_SIZE, 100_000)),
    openCall(1),
    frame(frameType.DATA, 0, 1, grpcMessage(Buffer.from('first')).subarray(0, 3)),
    frame(frameType.HEADERS, 0, 3, headerBlock(requestHeaders).subarray(0, 11)),
    frame(frameType.CONTINUATION, frameFlag.END_HEADERS, 3, headerBlock(requestHeaders).subarray(11)),
    frame(frameType.DATA, 0, 1, grpcMessage(Buffer.from('first')).subarray(3)),
    frame(
      frameType.DATA,
      frameFlag.PADDED | END,
      3,
      Buffer.concat([Buffer.from([2]), grpcMessage(Buffer.from('padded')), Buffer.alloc(2)]),
    ),
    frame(frameType.DATA, END, 1, Buffer.concat([grpcMessage(Buffer.alloc(0)), grpcMessage(Buffer.from('last'))])),
    openCall(5),
    frame(frameType.RST_STREAM, 0, 5, uint32(errorCode.CANCEL)),
  ]);
  const eventsOf = (sizes: readonly number[]): string[] => {
    const raw = new RawConnection();
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length]!;
      raw.receive(bytes.subarray(at, at + size));
      at += size;
    }
    return raw.calls.events;
  };
  const expected = eventsOf([bytes.length]);
  expect(expected).toContain('2 message 6 padded');
  expect(expected).toHaveLength(10);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      expect(eventsOf(sizes)).toEqual(expected);
    }),
  );
});

test('a reset by the peer closes the call at once, and once', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  raw.calls.streams[0]!.send(Buffer.from('x'));
  raw.receive(frame(frameType.RST_STREAM, 0, 1, uint32(errorCode.CANCEL)));
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
  raw.calls.streams[0]!.finish(grpcStatus.OK);
  raw.calls.streams[0]!.send(Buffer.from('y'));
  await raw.lose();
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
});

test('a lost connection closes every call once', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1), openCall(3), openCall(5));
  raw.calls.streams[1]!.finish(grpcStatus.OK);
  await raw.lose();
  expect(raw.calls.of('closed').sort()).toEqual(['1 closed', '2 closed', '3 closed']);
  expect(raw.closed).toBe(true);
  expect(raw.stats).toMatchObject({ calls: 0, connections: 0 });
});

test('a call that throws ends with INTERNAL and does not harm others', async () => {
  const fail = () => {
    throw new Error('boom');
  };
  const raw = await openConnection({ method: () => () => ({ message: fail, ended: fail, closed: fail }) });
  raw.receive(openCall(1), frame(frameType.DATA, END, 1, grpcMessage(Buffer.from('x'))));
  const sent = await raw.sent();
  expect(sent[0]!.payload.includes('internal error')).toBe(true);
  expect(raw.log.messages('error')).toContain('a gRPC call failed');
  const throwing = await openConnection({ method: () => fail });
  throwing.receive(openCall(1));
  expect((await throwing.sent())[0]!.payload.includes('internal error')).toBe(true);
});

test('what is no gRPC request is answered by HTTP', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1, { ':method': 'GET' }, OPEN_AND_END), openCall(3, { 'content-type': 'text/html' }, OPEN_AND_END));
  const sent = await raw.sent();
  expect(sent.map(({ payload }) => payload.toString('latin1').slice(-3))).toEqual(['405', '415']);
  expect(raw.calls.events).toEqual([]);
});

test('a half-close inside a message is an error of the call', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1), frame(frameType.DATA, END, 1, Buffer.from([0, 0, 0])));
  expect((await raw.sent())[0]!.payload.includes('ended inside a message')).toBe(true);
  expect(raw.calls.of('ended')).toEqual([]);
});

test('a message above the limit ends the call, and its data is passed over', async () => {
  const raw = await openConnection({ maxReceiveBytes: 100 });
  raw.receive(openCall(1), frame(frameType.DATA, 0, 1, grpcMessage(Buffer.alloc(101))), openCall(3));
  expect((await raw.sent())[0]!.payload.includes('larger than the limit')).toBe(true);
  expect(raw.calls.of('message')).toEqual([]);
  expect(raw.calls.streams).toHaveLength(2);
});

test('a message to send above the limit ends the call', async () => {
  const raw = await openConnection({ maxSendBytes: 10 });
  raw.receive(openCall(1));
  raw.calls.streams[0]!.send(Buffer.alloc(11));
  const sent = await raw.sent();
  expect(dataBytes(sent, 1)).toHaveLength(0);
  expect(sent[0]!.payload.includes('message to send is larger')).toBe(true);
});

test('the limit of open streams refuses the next one only', async () => {
  const raw = await openConnection();
  for (let number = 0; number <= limits.concurrentStreams; number++) {
    raw.receive(openCall(2 * number + 1));
  }
  expect(resets(await raw.sent())).toEqual([[2 * limits.concurrentStreams + 1, errorCode.REFUSED_STREAM]]);
  raw.receive(frame(frameType.RST_STREAM, 0, 1, uint32(errorCode.CANCEL)), openCall(2 * limits.concurrentStreams + 3));
  expect(resets(await raw.sent())).toEqual([]);
});

test('a shutdown lets calls end, takes those on their way, and refuses later ones', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  raw.connection.shutdown();
  const [announcement, ping] = await raw.sent();
  expect(announcement!.payload.readUInt32BE(0)).toBe(0x7fff_ffff);
  raw.receive(
    openCall(3),
    frame(frameType.PING, frameFlag.ACK, 0, ping!.payload),
    openCall(5),
    frame(frameType.DATA, 0, 5, Buffer.from([0])),
  );
  const [goAway] = await raw.sent();
  expect([goAway!.type, goAway!.payload.readUInt32BE(0), goAway!.payload.readUInt32BE(4)]).toEqual([
    frameType.GOAWAY,
    3,
    errorCode.NO_ERROR,
  ]);
  expect(raw.calls.streams).toHaveLength(2);
  raw.calls.streams[0]!.finish(grpcStatus.OK);
  await raw.sent();
  expect(raw.socket.writableEnded).toBe(false);
  raw.calls.streams[1]!.finish(grpcStatus.OK);
  expect((await raw.sent()).some(({ type }) => type === frameType.HEADERS)).toBe(true);
  expect(raw.socket.writableEnded).toBe(true);
});
