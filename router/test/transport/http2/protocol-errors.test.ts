import { limits } from '../../../src/transport/http2/limits';
import { errorCode, frameFlag, frameType, setting } from '../../../src/transport/http2/protocol';
import { frame, headerBlock, openCall, openConnection, RawConnection, requestHeaders, settingsPair, uint32 } from '../../support/transport';

const END = frameFlag.END_STREAM;
const END_HEADERS = frameFlag.END_HEADERS;
const head = (streamId: number, block: Buffer, flags: number = END_HEADERS): Buffer => frame(frameType.HEADERS, flags, streamId, block);
const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, STREAM_CLOSED, COMPRESSION_ERROR, FLOW_CONTROL_ERROR, ENHANCE_YOUR_CALM } = errorCode;

test.each<[string, number, Buffer[]]>([
  ['DATA on stream 0', PROTOCOL_ERROR, [frame(frameType.DATA, 0, 0)]],
  ['DATA on a stream that was never open', PROTOCOL_ERROR, [frame(frameType.DATA, 0, 1)]],
  ['padding longer than the frame', PROTOCOL_ERROR, [openCall(1), frame(frameType.DATA, frameFlag.PADDED, 1, Buffer.from([5, 0]))]],
  ['HEADERS on an even stream', PROTOCOL_ERROR, [openCall(2)]],
  ['HEADERS on stream 0', PROTOCOL_ERROR, [openCall(0)]],
  ['HEADERS on a lower stream', PROTOCOL_ERROR, [openCall(5), openCall(3)]],
  ['HEADERS on a stream that the peer reset', STREAM_CLOSED, [openCall(1), frame(frameType.RST_STREAM, 0, 1, uint32(8)), openCall(1)]],
  [
    'HEADERS that depend on themselves',
    PROTOCOL_ERROR,
    [head(1, Buffer.concat([uint32(1), Buffer.from([9])]), END_HEADERS | frameFlag.PRIORITY)],
  ],
  ['HEADERS without room for their priority', FRAME_SIZE_ERROR, [head(1, Buffer.from([0]), END_HEADERS | frameFlag.PRIORITY)]],
  ['a broken header block', COMPRESSION_ERROR, [head(1, Buffer.from([0x80]))]],
  ['another frame inside a header block', PROTOCOL_ERROR, [openCall(1, {}, 0), frame(frameType.PING, 0, 0, Buffer.alloc(8))]],
  ['DATA inside a header block', PROTOCOL_ERROR, [openCall(1, {}, 0), frame(frameType.DATA, 0, 1)]],
  ['CONTINUATION of another stream', PROTOCOL_ERROR, [openCall(1, {}, 0), frame(frameType.CONTINUATION, END_HEADERS, 3)]],
  ['CONTINUATION out of the blue', PROTOCOL_ERROR, [frame(frameType.CONTINUATION, END_HEADERS, 1)]],
  ['RST_STREAM on stream 0', PROTOCOL_ERROR, [frame(frameType.RST_STREAM, 0, 0, uint32(8))]],
  ['RST_STREAM on an idle stream', PROTOCOL_ERROR, [frame(frameType.RST_STREAM, 0, 7, uint32(8))]],
  ['RST_STREAM of 3 bytes', FRAME_SIZE_ERROR, [openCall(1), frame(frameType.RST_STREAM, 0, 1, Buffer.alloc(3))]],
  ['SETTINGS on a stream', PROTOCOL_ERROR, [frame(frameType.SETTINGS, 0, 1)]],
  ['SETTINGS of 5 bytes', FRAME_SIZE_ERROR, [frame(frameType.SETTINGS, 0, 0, Buffer.alloc(5))]],
  ['an ACK of SETTINGS with content', FRAME_SIZE_ERROR, [frame(frameType.SETTINGS, frameFlag.ACK, 0, Buffer.alloc(6))]],
  ['ENABLE_PUSH 2', PROTOCOL_ERROR, [frame(frameType.SETTINGS, 0, 0, settingsPair(setting.ENABLE_PUSH, 2))]],
  ['a window setting of 2^31', FLOW_CONTROL_ERROR, [frame(frameType.SETTINGS, 0, 0, settingsPair(setting.INITIAL_WINDOW_SIZE, 2 ** 31))]],
  ['a frame size setting of 16383', PROTOCOL_ERROR, [frame(frameType.SETTINGS, 0, 0, settingsPair(setting.MAX_FRAME_SIZE, 16_383))]],
  ['a frame size setting of 2^24', PROTOCOL_ERROR, [frame(frameType.SETTINGS, 0, 0, settingsPair(setting.MAX_FRAME_SIZE, 2 ** 24))]],
  ['PING on a stream', PROTOCOL_ERROR, [frame(frameType.PING, 0, 1, Buffer.alloc(8))]],
  ['PING of 7 bytes', FRAME_SIZE_ERROR, [frame(frameType.PING, 0, 0, Buffer.alloc(7))]],
  ['GOAWAY on a stream', PROTOCOL_ERROR, [frame(frameType.GOAWAY, 0, 1, Buffer.alloc(8))]],
  ['PUSH_PROMISE', PROTOCOL_ERROR, [frame(frameType.PUSH_PROMISE, 0, 1, Buffer.alloc(8))]],
  ['WINDOW_UPDATE of 3 bytes', FRAME_SIZE_ERROR, [frame(frameType.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))]],
  ['WINDOW_UPDATE of 0', PROTOCOL_ERROR, [frame(frameType.WINDOW_UPDATE, 0, 0, uint32(0))]],
  ['WINDOW_UPDATE on an idle stream', PROTOCOL_ERROR, [frame(frameType.WINDOW_UPDATE, 0, 1, uint32(1))]],
  ['PRIORITY on stream 0', PROTOCOL_ERROR, [frame(frameType.PRIORITY, 0, 0, Buffer.alloc(5))]],
  ['PRIORITY of 4 bytes', FRAME_SIZE_ERROR, [frame(frameType.PRIORITY, 0, 1, Buffer.alloc(4))]],
  ['a frame above 16 KiB', FRAME_SIZE_ERROR, [frame(frameType.DATA, 0, 1, Buffer.alloc(16_385))]],
])('%s ends the connection', async (_name, code, frames) => {
  const raw = await openConnection();
  raw.receive(...frames);
  expect(await raw.goAway()).toBe(code);
  expect(raw.socket.writableEnded).toBe(true);
  expect(raw.stats.protocolErrors).toBe(1);
  expect(raw.calls.of('closed')).toHaveLength(raw.calls.of('open').length);
  raw.receive(openCall(99));
  expect(raw.calls.of('open')).not.toContain('2 open /test.Test/Call');
});

test('a first frame other than SETTINGS ends the connection', async () => {
  const raw = new RawConnection();
  raw.receive(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), openCall(1)]));
  expect(await raw.goAway()).toBe(PROTOCOL_ERROR);
});

test.each<[string, number, Buffer[]]>([
  ['an upper-case name', PROTOCOL_ERROR, [openCall(1, { 'X-Upper': '1' })]],
  ['a header of HTTP/1', PROTOCOL_ERROR, [openCall(1, { connection: 'keep-alive' })]],
  ['te other than trailers', PROTOCOL_ERROR, [openCall(1, { te: 'gzip' })]],
  ['an unknown pseudo-header', PROTOCOL_ERROR, [openCall(1, { ':unknown': '1' })]],
  ['a pseudo-header of responses', PROTOCOL_ERROR, [openCall(1, { ':status': '200' })]],
  ['a pseudo-header after another header', PROTOCOL_ERROR, [openCall(1, { ':authority': 'x' })]],
  ['a line break in a value', PROTOCOL_ERROR, [openCall(1, { 'x-a': 'a\r\nb: c' })]],
  ['no path', PROTOCOL_ERROR, [head(1, headerBlock({ ':method': 'POST', ':scheme': 'http' }))]],
  ['two methods', PROTOCOL_ERROR, [head(1, Buffer.concat([headerBlock({ ':method': 'POST' }), headerBlock(requestHeaders)]))]],
  ['a content-length that is no number', PROTOCOL_ERROR, [openCall(1, { 'content-length': '-1' })]],
  [
    'a content-length that is not true',
    PROTOCOL_ERROR,
    [openCall(1, { 'content-length': '9' }), frame(frameType.DATA, END, 1, Buffer.alloc(5))],
  ],
  ['trailers that do not end the stream', PROTOCOL_ERROR, [openCall(1), openCall(1)]],
  ['pseudo-headers in trailers', PROTOCOL_ERROR, [openCall(1), openCall(1, {}, END_HEADERS | END)]],
  ['DATA after the end', STREAM_CLOSED, [openCall(1, {}, END_HEADERS | END), frame(frameType.DATA, 0, 1)]],
  ['HEADERS after the end', STREAM_CLOSED, [openCall(1, {}, END_HEADERS | END), openCall(1)]],
  ['DATA after a reset', STREAM_CLOSED, [openCall(1), frame(frameType.RST_STREAM, 0, 1, uint32(8)), frame(frameType.DATA, 0, 1)]],
  [
    'headers above 64 KiB',
    ENHANCE_YOUR_CALM,
    [head(1, Buffer.concat([headerBlock(requestHeaders), ...new Array(2000).fill(headerBlock({ x: '' }))]))],
  ],
])('%s ends the stream only', async (_name, code, frames) => {
  const raw = await openConnection();
  raw.receive(...frames);
  const sent = await raw.sent();
  expect(sent.filter(({ type }) => type === frameType.RST_STREAM).map(({ payload }) => payload.readUInt32BE(0))).toEqual([code]);
  expect(sent.some(({ type }) => type === frameType.GOAWAY)).toBe(false);
  expect(raw.calls.of('closed')).toHaveLength(raw.calls.of('open').length);
  raw.receive(openCall(3));
  expect(raw.calls.of('open')).toHaveLength(raw.calls.of('closed').length + 1);
});

test('trailers, PRIORITY, unknown frames and unknown settings are taken', async () => {
  const raw = await openConnection({}, settingsPair(99, 1));
  raw.receive(openCall(1), frame(frameType.PRIORITY, 0, 9, Buffer.alloc(5)), frame(77, 255, 1, Buffer.alloc(3)));
  raw.receive(head(1, headerBlock({ 'x-checksum': '1' }), END_HEADERS | END));
  expect(raw.calls.events).toEqual(['1 open /test.Test/Call', '1 ended']);
  expect(await raw.sent()).toEqual([]);
});

test.each<[string, (number: number) => Buffer]>([
  ['PING', () => frame(frameType.PING, 0, 0, Buffer.alloc(8))],
  ['empty DATA', () => frame(frameType.DATA, 0, 1)],
  ['PRIORITY', () => frame(frameType.PRIORITY, 0, 3, Buffer.alloc(5))],
  ['WINDOW_UPDATE', () => frame(frameType.WINDOW_UPDATE, 0, 1, uint32(1))],
])('a flood of %s is cut', async (_name, make) => {
  const raw = await openConnection();
  raw.receive(openCall(1));
  const hundred = Buffer.concat(Array.from({ length: 100 }, (_, number) => make(number)));
  for (let sent = 0; sent < limits.idleFrames.burst; sent += 100) {
    raw.receive(hundred);
    raw.socket.written.length = 0;
  }
  expect(raw.calls.of('closed')).toEqual([]);
  raw.receive(hundred);
  expect(raw.calls.of('closed')).toEqual(['1 closed']);
  expect(raw.stats.protocolErrors).toBe(1);
});

test('the same frames over a longer time are fine', async () => {
  const raw = await openConnection();
  const thousand = Buffer.concat(new Array(1000).fill(frame(frameType.PRIORITY, 0, 3, Buffer.alloc(5))));
  for (let second = 0; second < 300; second++) {
    raw.clock.advance(1000);
    raw.receive(thousand);
  }
  expect(raw.stats.protocolErrors).toBe(0);
});

test('a flood of SETTINGS is cut', async () => {
  const raw = await openConnection();
  for (let number = 0; number <= limits.settings.burst; number++) {
    raw.receive(frame(frameType.SETTINGS, 0, 0));
  }
  expect(await raw.goAway()).toBe(ENHANCE_YOUR_CALM);
});

test('streams that are reset before an answer are cut, after an answer they are normal', async () => {
  const reset = (id: number): Buffer => frame(frameType.RST_STREAM, 0, id, uint32(errorCode.CANCEL));
  const raw = await openConnection();
  for (let number = 0; number < 2 * limits.earlyResets.burst; number++) {
    raw.receive(openCall(2 * number + 1));
    raw.calls.streams.pop()!.send(Buffer.from('x'));
    raw.receive(reset(2 * number + 1));
  }
  expect(raw.stats.protocolErrors).toBe(0);
  const rapid = await openConnection();
  for (let number = 0; number <= limits.earlyResets.burst; number++) {
    rapid.receive(Buffer.concat([openCall(2 * number + 1), reset(2 * number + 1)]));
  }
  expect(await rapid.goAway()).toBe(ENHANCE_YOUR_CALM);
});

test('endless header blocks are cut, in many pieces or in large ones', async () => {
  const many = await openConnection();
  many.receive(openCall(1, {}, 0), ...new Array(limits.continuations).fill(frame(frameType.CONTINUATION, 0, 1)));
  expect(await many.goAway()).toBe(ENHANCE_YOUR_CALM);
  const large = await openConnection();
  large.receive(openCall(1, {}, 0), ...new Array(4).fill(frame(frameType.CONTINUATION, 0, 1, Buffer.alloc(16_384))));
  expect(await large.goAway()).toBe(ENHANCE_YOUR_CALM);
});
