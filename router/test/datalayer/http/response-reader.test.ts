import fc from 'fast-check';
import { BufferPool } from '../../../src/datalayer/http/buffer-pool';
import { ResponseReader } from '../../../src/datalayer/http/response-reader';
import { response } from '../../support/datalayer';

const LIMIT = 200_000;

interface Outcome {
  status: number;
  body: string;
  keepAlive: boolean;
  overrun: boolean;
}

const shared = Buffer.alloc(LIMIT + 70_000);

/** Feeds pieces through one buffer that is overwritten each time, as a socket does, and closes at the end. */
function read(reader: ResponseReader, pieces: readonly Buffer[]): Outcome | undefined {
  const outcome = (): Outcome => ({
    status: reader.head!.status,
    body: reader.bytes.toString('latin1', reader.start, reader.end),
    keepAlive: reader.head!.keepAlive,
    overrun: reader.overrun,
  });
  for (const piece of pieces) {
    shared.fill(120, 0, piece.length + 100);
    piece.copy(shared);
    if (reader.feed(shared, piece.length)) return outcome();
  }
  return reader.closed() ? outcome() : undefined;
}

const newReader = (limit = LIMIT) => new ResponseReader(new BufferPool(), limit);
const readText = (text: string, limit?: number) => read(newReader(limit), [Buffer.from(text, 'latin1')]);

const body = 'vllm:num_requests_waiting 3\n'.repeat(20);
const chunkedBody = `1\r\nv\r\n${(body.length - 1).toString(16).toUpperCase()};ext=1\r\n${body.slice(1)}\r\n0\r\n\r\n`;
const forms: Record<string, string> = {
  'a stated length': response(body),
  chunks: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody}`,
  'chunks with a trailer': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody.slice(0, -2)}X-A: b\r\n\r\n`,
  'an end by closing': `HTTP/1.0 200 OK\r\nServer: x\r\n\r\n${body}`,
  'an interim response before it': `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${response(body)}`,
};

describe.each(Object.entries(forms))('a response with %s', (_, text) => {
  test('is read in one piece', () => {
    expect(readText(text)).toMatchObject({ status: 200, body, overrun: false });
  });

  test('is the same however it is cut', () => {
    const bytes = Buffer.from(text, 'latin1');
    const whole = readText(text);
    const reader = newReader();
    for (let cut = 0; cut <= bytes.length; cut++) {
      reader.reset();
      expect(read(reader, [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        reader.reset();
        expect(
          read(
            reader,
            at.slice(1).map((end, i) => bytes.subarray(at[i], end)),
          ),
        ).toEqual(whole);
      }),
    );
  });

  test('is incomplete when it is cut off, unless closing ends it', () => {
    const bytes = Buffer.from(text, 'latin1');
    const outcome = read(newReader(), [bytes.subarray(0, bytes.length - 4)]);
    expect(outcome?.body).toBe(text.startsWith('HTTP/1.0') ? body.slice(0, -4) : undefined);
  });
});

test.each([
  ['HTTP/1.1 200 OK\r\ncontent-LENGTH:2\r\n\r\nab', true],
  ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab', false],
  ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab', false],
  ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nab', true],
  ['HTTP/1.1 200 OK\r\n\r\nab', false],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n2\r\nab\r\n0\r\n\r\n', true],
  ['HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab', true],
])('whether %j keeps the connection: %p', (text, keepAlive) => {
  expect(readText(text)).toMatchObject({ body: 'ab', keepAlive });
});

test('responses without a body end with their head', () => {
  expect(readText('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ status: 204, body: '', keepAlive: true });
  expect(readText('HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n')).toMatchObject({ status: 304, body: '' });
  expect(readText(response(''))).toMatchObject({ status: 200, body: '' });
});

test('bytes after the response are noticed', () => {
  expect(readText(`${response('ab')}HTTP`)).toMatchObject({ body: 'ab', overrun: true });
  expect(readText(`${forms.chunks}x`)).toMatchObject({ body, overrun: true });
});

test.each([
  ['SSH-2.0-x\r\n\r\n', /no HTTP\/1 response/],
  ['HTTP/2 200\r\n\r\n', /no HTTP\/1 response/],
  ['HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n', /encoded as gzip/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', /encoded as gzip, chunked/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', /no size/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n', /larger than any page/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n', /longer than it says/],
  [`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(17_000)}`, /head of the answer is longer/],
])('%j is refused', (text, reason) => {
  expect(() => readText(text)).toThrow(reason);
});

test('a body over the limit is refused, however its length is told', () => {
  const long = 'x'.repeat(1001);
  expect(readText(response('x'.repeat(1000)), 1000)?.body).toHaveLength(1000);
  expect(() => readText(response(long), 1000)).toThrow('longer than 1000 bytes');
  expect(() => readText(`HTTP/1.1 200 OK\r\n\r\n${long}`, 1000)).toThrow('longer than 1000 bytes');
  expect(() => readText(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${long}`, 1000)).toThrow('longer than 1000 bytes');
});

test('a body larger than any buffer so far is put together', () => {
  const large = 'line 1\n'.repeat(20_000);
  const text = Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${large}`);
  const pieces = Array.from({ length: Math.ceil(text.length / 1000) }, (_, i) => text.subarray(i * 1000, (i + 1) * 1000));
  expect(read(newReader(), pieces)?.body).toBe(large);
});
