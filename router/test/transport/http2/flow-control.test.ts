import { limits } from '../../../src/transport/http2/limits';
import { errorCode, frameType, setting } from '../../../src/transport/http2/protocol';
import { grpcStatus } from '../../../src/transport/types';
import {
  type Frame,
  frame,
  grpcMessage,
  openCall,
  openConnection,
  type RawConnection,
  settingsPair,
  uint32,
} from '../../support/transport';

const sizes = (frames: readonly Frame[]): number[] =>
  frames.filter(({ type }) => type === frameType.DATA).map(({ payload }) => payload.length);
const updates = (frames: readonly Frame[]): number[][] =>
  frames.filter(({ type }) => type === frameType.WINDOW_UPDATE).map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)]);
const window = (streamId: number, bytes: number): Buffer => frame(frameType.WINDOW_UPDATE, 0, streamId, uint32(bytes));
const initialWindow = (bytes: number): Buffer => settingsPair(setting.INITIAL_WINDOW_SIZE, bytes);

test('a message larger than a frame goes out in several, and is whole', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  const body = Buffer.alloc(50_000, 'abcdefg');
  expect(raw.calls.streams[0]!.send(body.subarray(0, 7), body.subarray(7))).toBe(true);
  const sent = await raw.sent();
  expect(sizes(sent)).toEqual([16_384, 16_384, 16_384, 853]);
  const payload = Buffer.concat(sent.filter(({ type }) => type === frameType.DATA).map((data) => data.payload));
  expect(payload.equals(grpcMessage(body))).toBe(true);
});

test('a stream waits for its window, and its trailers for its data', async () => {
  const raw = await openConnection({}, initialWindow(8));
  raw.receive(openCall(1));
  raw.calls.streams[0]!.send(Buffer.alloc(10));
  raw.calls.streams[0]!.finish(grpcStatus.OK);
  expect(sizes(await raw.sent())).toEqual([8]);
  expect(raw.calls.of('closed')).toEqual([]);
  raw.receive(window(1, 3));
  expect(sizes(await raw.sent())).toEqual([3]);
  raw.receive(window(1, 100));
  const sent = await raw.sent();
  expect(sizes(sent)).toEqual([4]);
  expect(sent.some(({ type }) => type === frameType.HEADERS)).toBe(true);
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
});

test('smaller windows by SETTINGS count for open streams, even below zero', async () => {
  const raw = await openConnection({}, initialWindow(100));
  raw.receive(openCall(1));
  raw.calls.streams[0]!.send(Buffer.alloc(85));
  raw.receive(frame(frameType.SETTINGS, 0, 0, initialWindow(50)));
  raw.calls.streams[0]!.send(Buffer.alloc(15));
  expect(sizes(await raw.sent())).toEqual([90]);
  raw.receive(window(1, 40));
  expect(sizes(await raw.sent())).toEqual([]);
  raw.receive(frame(frameType.SETTINGS, 0, 0, initialWindow(70)));
  expect(sizes(await raw.sent())).toEqual([20]);
});

test('streams share the window of the connection by turns', async () => {
  const raw = await openConnection({}, initialWindow(10_000_000));
  raw.receive(openCall(1), openCall(3));
  raw.calls.streams[0]!.send(Buffer.alloc(400_000));
  raw.calls.streams[1]!.send(Buffer.alloc(400_000));
  await raw.sent();
  raw.receive(window(0, 300_000));
  const sent = await raw.sent();
  const perStream = [1, 3].map((id) => sizes(sent.filter(({ streamId }) => streamId === id)).reduce((sum, size) => sum + size, 0));
  expect(perStream[0]! + perStream[1]!).toBe(300_000);
  expect(Math.abs(perStream[0]! - perStream[1]!)).toBeLessThanOrEqual(65_536);
});

test('send says when the peer reads slowly, and drained when all is out', async () => {
  const raw = await openConnection({}, initialWindow(0));
  raw.receive(openCall(1));
  const [stream] = raw.calls.streams;
  expect(stream!.send(Buffer.alloc(1000))).toBe(true);
  expect(stream!.send(Buffer.alloc(100_000))).toBe(false);
  raw.receive(window(1, 50_000));
  await raw.sent();
  expect(raw.calls.of('drained')).toEqual([]);
  raw.receive(window(1, 100_000), window(0, 100_000));
  await raw.sent();
  expect(raw.calls.of('drained')).toEqual(['1 drained']);
});

test('a call that piles up output for a peer that never reads is reset', async () => {
  const raw = await openConnection({}, initialWindow(0));
  raw.receive(openCall(1), openCall(3));
  const piece = Buffer.alloc(1024 * 1024);
  for (let sent = 0; sent <= limits.connectionQueueBytes; sent += piece.length) {
    raw.calls.streams[0]!.send(piece);
  }
  const resets = (await raw.sent()).filter(({ type }) => type === frameType.RST_STREAM);
  expect(resets.map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)])).toEqual([[1, errorCode.ENHANCE_YOUR_CALM]]);
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
  expect(raw.connection.sender.queued).toBe(0);
  expect(raw.calls.streams[1]!.send(Buffer.alloc(10))).toBe(true);
});

/** Sends `bytes` of one message that never ends. */
function upload(raw: RawConnection, streamId: number, bytes: number): void {
  for (let left = bytes; left > 0; left -= 16_384) {
    raw.receive(frame(frameType.DATA, 0, streamId, Buffer.alloc(Math.min(left, 16_384))));
  }
}

test('windows of the peer are opened again when half is used', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  upload(raw, 1, limits.streamWindowBytes / 2 - 16_384);
  expect(updates(await raw.sent())).toEqual([]);
  upload(raw, 1, 16_384);
  expect(updates(await raw.sent())).toEqual([[1, limits.streamWindowBytes / 2]]);
  for (let round = 1; round < 8; round++) {
    upload(raw, 1, limits.streamWindowBytes / 2);
  }
  expect(updates(await raw.sent())).toContainEqual([0, limits.connectionWindowBytes / 2]);
});

test('a paused call gives the peer no more than one window; resume opens it', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  raw.calls.streams[0]!.pause();
  upload(raw, 1, limits.streamWindowBytes);
  expect(updates(await raw.sent())).toEqual([]);
  raw.calls.streams[0]!.resume();
  expect(updates(await raw.sent())).toEqual([[1, limits.streamWindowBytes]]);
});

test('a peer that sends beyond a window', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  raw.calls.streams[0]!.pause();
  upload(raw, 1, limits.streamWindowBytes + 1);
  const resets = (await raw.sent()).filter(({ type }) => type === frameType.RST_STREAM);
  expect(resets.map(({ payload }) => payload.readUInt32BE(0))).toEqual([errorCode.FLOW_CONTROL_ERROR]);
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
});

test('a full socket: data waits, control frames do not, reading stops when they pile up', async () => {
  const raw = await openConnection({}, initialWindow(10_000_000));
  raw.receive(openCall(1), window(0, 10_000_000));
  raw.socket.hold(true);
  raw.calls.streams[0]!.send(Buffer.alloc(1_000_000));
  await raw.sent();
  const { written } = raw.socket;
  const queued = raw.connection.sender.queued;
  expect(queued).toBeGreaterThan(500_000);
  const ping = frame(frameType.PING, 0, 0, Buffer.alloc(8));
  for (let number = 0; number < 10_000; number++) {
    raw.receive(Buffer.concat(new Array(10).fill(ping)));
    if (number % 100 === 0) {
      await new Promise(setImmediate);
    }
    if (raw.socket.isPaused()) {
      break;
    }
  }
  expect(raw.socket.isPaused()).toBe(true);
  expect(raw.socket.writableLength).toBeLessThan(limits.unsentBytes + 200_000);
  expect(raw.connection.sender.queued).toBe(queued);
  raw.socket.hold(false);
  for (let turn = 0; turn < 20; turn++) {
    await new Promise(setImmediate);
  }
  expect(raw.connection.sender.queued).toBe(0);
  expect(raw.socket.isPaused()).toBe(false);
  expect(written.length).toBeGreaterThan(0);
});

test('a window above 2^31-1', async () => {
  const raw = await openConnection();
  raw.receive(openCall(1), window(1, 0x7fff_ffff), openCall(3), window(3, 0));
  const resets = (await raw.sent()).filter(({ type }) => type === frameType.RST_STREAM);
  expect(resets.map(({ payload }) => payload.readUInt32BE(0))).toEqual([errorCode.FLOW_CONTROL_ERROR, errorCode.PROTOCOL_ERROR]);
  raw.receive(window(0, 0x7fff_ffff));
  expect(await raw.goAway()).toBe(errorCode.FLOW_CONTROL_ERROR);
});
