import * as fc from 'fast-check';
import { HeaderBlock } from '../../src/ext-proc/header-block';
import { messageKind, ProcessingRequest } from '../../src/ext-proc/processing-request';
import {
  BODY_PIECE,
  immediateResponse,
  metadataField,
  requestHeadersResponse,
  responseHeadersResponse,
  responseTrailersResponse,
  sendBody,
} from '../../src/ext-proc/processing-response';
import { decodeNamespace, decodeStruct } from '../../src/ext-proc/struct-codec';
import { WireError } from '../../src/ext-proc/wire';
import { type Answer, decodeAnswer, encodeRequest, oracle, toStruct } from '../support/ext-proc-oracle';

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
})).value;
const struct = fc.dictionary(fc.string({ unit: 'grapheme' }), json, { maxKeys: 4 });

const name = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz-'), minLength: 1, maxLength: 20 }).map((text) => `h-${text}`);
const value = fc.string({ unit: 'grapheme', maxLength: 300 });

const plain = (object: unknown) => JSON.parse(JSON.stringify(object));

function blockOf(headers: readonly (readonly [string, string])[], field: 'raw_value' | 'value' = 'raw_value'): HeaderBlock {
  const list = headers.map(([key, text]) => ({ key, [field]: field === 'value' ? text : Buffer.from(text) }));
  const bytes = Buffer.from(oracle.headerMap.encode({ headers: list }).finish());
  return new HeaderBlock(bytes, 0, bytes.length);
}

const answerTo = (headers: HeaderBlock, echo = true, contentLength = 0): Answer =>
  decodeAnswer(requestHeadersResponse(headers, echo, { destination: '10.0.0.1:8000', contentLength }));

describe('requests of the proxy', () => {
  const body = fc.record({ body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), end_of_stream: fc.boolean() });
  const headers = fc.record({
    headers: fc.record({ headers: fc.array(fc.record({ key: name, raw_value: value.map((text) => Buffer.from(text)) })) }),
    end_of_stream: fc.boolean(),
    attributes: fc.dictionary(fc.string(), struct.map(toStruct), { maxKeys: 2 }),
  });

  test('with bodies are read as the oracle wrote them', () => {
    fc.assert(
      fc.property(fc.constantFrom('request_body', 'response_body'), body, fc.boolean(), (kind, content, observed) => {
        const bytes = encodeRequest({ [kind]: content, observability_mode: observed });
        const decoded = new ProcessingRequest().decode(bytes);
        expect(decoded.kind).toBe(kind === 'request_body' ? messageKind.requestBody : messageKind.responseBody);
        expect(bytes.subarray(decoded.bodyStart, decoded.bodyEnd).equals(content.body)).toBe(true);
        expect(decoded.endOfStream).toBe(content.end_of_stream);
      }),
    );
  });

  test('with headers are read as the oracle wrote them', () => {
    fc.assert(
      fc.property(fc.constantFrom('request_headers', 'response_headers'), headers, (kind, content) => {
        const bytes = encodeRequest({ [kind]: content });
        const decoded = new ProcessingRequest().decode(bytes);
        expect(decoded.kind).toBe(kind === 'request_headers' ? messageKind.requestHeaders : messageKind.responseHeaders);
        expect(decoded.endOfStream).toBe(content.end_of_stream);
        const block = new HeaderBlock(bytes, decoded.headersStart, decoded.headersEnd);
        const expected = new Map(content.headers.headers.map((header) => [header.key, header.raw_value.toString('utf8')]));
        expect([...block.names()].sort()).toEqual([...expected.keys()].sort());
        for (const [key, text] of expected) expect(block.get(key)).toBe(text);
      }),
    );
  });

  test('carry metadata of any shape', () => {
    fc.assert(
      fc.property(struct, struct, (fields, others) => {
        const bytes = encodeRequest({
          metadata_context: { filter_metadata: { others: toStruct(others), 'envoy.lb': toStruct(fields) } },
          request_body: { end_of_stream: true },
        });
        const { metadataStart, metadataEnd } = new ProcessingRequest().decode(bytes);
        expect(plain(decodeNamespace(bytes, metadataStart, metadataEnd, 'envoy.lb'))).toEqual(plain(fields));
        expect(decodeNamespace(bytes, metadataStart, metadataEnd, 'absent')).toBeUndefined();
      }),
    );
  });

  test('with unknown fields are read all the same', () => {
    const known = encodeRequest({ request_body: { body: Buffer.from('text'), end_of_stream: true } });
    // protocol_config (11), and fields of each wire type under numbers nobody uses yet.
    const unknown = Buffer.from('5a0408021802a00601a906000000000000f03fb50600000000ba0603616263', 'hex');
    const bytes = Buffer.concat([unknown, known, unknown]);
    const decoded = new ProcessingRequest().decode(bytes);
    expect(bytes.toString('utf8', decoded.bodyStart, decoded.bodyEnd)).toBe('text');
    expect(decoded.endOfStream).toBe(true);
  });

  test('that are cut or changed are read or refused, never worse', () => {
    const whole = encodeRequest({
      request_headers: { headers: { headers: [{ key: 'a', raw_value: Buffer.from('b') }] }, end_of_stream: true },
      metadata_context: { filter_metadata: { 'envoy.lb': toStruct({ list: ['a', 1, { deep: [null] }] }) } },
    });
    const read = (bytes: Buffer): void => {
      const message = new ProcessingRequest().decode(bytes);
      new HeaderBlock(bytes, message.headersStart, message.headersEnd);
      decodeNamespace(bytes, message.metadataStart, message.metadataEnd, 'envoy.lb');
    };
    const orWireError = (bytes: Buffer): void => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    };
    for (let length = 0; length < whole.length; length++) orWireError(Buffer.from(whole.subarray(0, length)));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        orWireError(changed);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => orWireError(Buffer.from(bytes))),
      { numRuns: 2000 },
    );
  });

  test('with metadata nested without end are refused', () => {
    let bytes: Buffer = Buffer.alloc(0);
    const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
    for (let i = 0; i < 5000; i++) bytes = wrap(10, wrap(18, wrap(42, bytes)));
    expect(() => decodeStruct(bytes, 0, bytes.length)).toThrow(WireError);
  });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

describe('answers to headers', () => {
  test('echo what came, in its order, and set what was changed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }), value, (headers, changed) => {
        const block = blockOf(headers);
        block.set('set-by-a-plugin', changed);
        const { mutation } = answerTo(block);
        expect(mutation?.set).toEqual([['x-gateway-destination-endpoint', '10.0.0.1:8000'], ...headers, ['set-by-a-plugin', changed]]);
        expect(mutation?.removed).toEqual([]);
        expect(mutation?.clearRouteCache).toBe(true);
      }),
    );
  });

  test('move values from the text field to the raw field', () => {
    const { mutation } = answerTo(blockOf([['accept', 'äpfel/*']], 'value'));
    expect(mutation?.set).toContainEqual(['accept', 'äpfel/*']);
  });

  test('keep nothing in the text field when both fields came', () => {
    const headers = [{ key: 'x-both', value: 'text', raw_value: Buffer.from('raw') }];
    const bytes = Buffer.from(oracle.headerMap.encode({ headers }).finish());
    const block = new HeaderBlock(bytes, 0, bytes.length);
    expect(block.get('x-both')).toBe('raw');
    expect(answerTo(block).mutation?.set).toContainEqual(['x-both', 'raw']);
  });

  test('leave out what has no name', () => {
    const block = blockOf([
      ['', 'nameless'],
      ['named', 'yes'],
    ]);
    expect([...block.names()]).toEqual(['named']);
    expect(answerTo(block).mutation?.set.map(([key]) => key)).not.toContain('');
  });

  test('have memory of their own once copied', () => {
    const bytes = Buffer.from(oracle.headerMap.encode({ headers: [{ key: 'Name', raw_value: Buffer.from('value') }] }).finish());
    const before = Buffer.from(bytes);
    const block = HeaderBlock.copyOf(bytes, 0, bytes.length);
    expect(bytes).toEqual(before);
    bytes.fill(0);
    expect(block.get('name')).toBe('value');
  });

  test('bring names to lower case', () => {
    const block = blockOf([['X-Custom-Header', 'Value']]);
    expect(block.get('x-custom-header')).toBe('Value');
    expect(answerTo(block).mutation?.set).toContainEqual(['x-custom-header', 'Value']);
  });

  test('keep bytes that are no text', () => {
    const bytes = Buffer.from(oracle.headerMap.encode({ headers: [{ key: 'x-bytes', raw_value: Buffer.from([0xff, 0xfe]) }] }).finish());
    const encoded = requestHeadersResponse(new HeaderBlock(bytes, 0, bytes.length), true, { destination: 'a', contentLength: 0 });
    expect(encoded.includes(Buffer.from([0xff, 0xfe]))).toBe(true);
  });

  test('of equal names know the last one, and leave all of them to the proxy', () => {
    const block = blockOf([
      ['set-cookie', 'a'],
      ['other', 'x'],
      ['set-cookie', 'b'],
    ]);
    expect(block.get('set-cookie')).toBe('b');
    expect([...block.names()]).toEqual(['other', 'set-cookie']);
    expect(decodeAnswer(responseHeadersResponse(block, true)).mutation?.set).toEqual([
      ['x-went-into-resp-headers', 'true'],
      ['other', 'x'],
    ]);
    block.set('set-cookie', 'c');
    expect(decodeAnswer(responseHeadersResponse(block, true)).mutation?.set).toContainEqual(['set-cookie', 'c']);
  });

  test('find equal names in long lists too', () => {
    const many = Array.from({ length: 200 }, (_, i) => [`h-${i % 150}`, String(i)] as const);
    const block = blockOf(many);
    expect(block.get('h-7')).toBe('157');
    const set = answerTo(block).mutation?.set ?? [];
    expect(set).toHaveLength(101);
    expect(set.map(([key]) => key)).not.toContain('h-7');
  });

  test('with changes only, leave out what nobody changed', () => {
    const block = blockOf([
      ['accept', '*/*'],
      ['x-llm-d-inference-objective', 'mine'],
    ]);
    block.set('x-session-token', 'abc');
    const { mutation } = answerTo(block, false, 12);
    expect(mutation?.set).toEqual([
      ['x-gateway-destination-endpoint', '10.0.0.1:8000'],
      ['Content-Length', '12'],
      ['x-session-token', 'abc'],
    ]);
    expect(mutation?.removed).toEqual(['x-llm-d-inference-objective']);
  });

  test('remove what a plugin deleted, if it came at all', () => {
    const block = blockOf([['authorization', 'secret']]);
    block.delete('authorization');
    block.set('made', 'here');
    block.delete('made');
    block.delete('never-came');
    expect(block.get('authorization')).toBeUndefined();
    expect([...block.names()]).toEqual([]);
    expect(answerTo(block).mutation?.removed).toEqual(['authorization']);
    block.set('authorization', 'again');
    expect(answerTo(block).mutation?.removed).toEqual([]);
    expect(answerTo(block).mutation?.set).toContainEqual(['authorization', 'again']);
  });

  test('name the destination and the scores in metadata', () => {
    const scores = new Map([
      ['10.0.0.1:8000', 3.25],
      ['10.0.0.2:8000', 0],
    ]);
    const encoded = requestHeadersResponse(HeaderBlock.empty(), true, {
      destination: '10.0.0.1:8000,10.0.0.2:8000',
      contentLength: 0,
      scores,
    });
    expect(decodeAnswer(encoded).metadata).toEqual({
      'envoy.lb': {
        'x-gateway-destination-endpoint': '10.0.0.1:8000,10.0.0.2:8000',
        'x-gateway-destination-endpoint-scores': Object.fromEntries(scores),
      },
    });
  });

  test('can be longer than the writer is at first', () => {
    const block = blockOf(Array.from({ length: 40 }, (_, i) => [`h-${i}`, 'x'.repeat(20_000)] as const));
    expect(answerTo(block).mutation?.set).toHaveLength(41);
  });
});

describe('bodies', () => {
  const pieces = (direction: 'request' | 'response', body: Buffer, end: boolean, metadata?: Buffer): Answer[] => {
    const answers: Answer[] = [];
    const send = (...parts: Uint8Array[]): boolean => answers.push(decodeAnswer(Buffer.concat(parts))) > 0;
    sendBody(send, direction, body, end, metadata);
    return answers;
  };

  test.each([0, 1, 127, 128, 16_383, 16_384, BODY_PIECE - 1, BODY_PIECE, BODY_PIECE + 1, 2 * BODY_PIECE, 150_038])(
    'of %i bytes',
    (size) => {
      const body = Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
      for (const end of [true, false]) {
        const answers = pieces('request', body, end);
        expect(answers).toHaveLength(Math.max(1, Math.ceil(size / BODY_PIECE)));
        expect(Buffer.concat(answers.map(({ body: piece }) => piece ?? Buffer.alloc(0))).equals(body)).toBe(true);
        expect(answers.map(({ endOfStream }) => endOfStream)).toEqual(answers.map((_, i) => end && i === answers.length - 1));
        expect(answers.every(({ kind, body: piece }) => kind === 'request_body' && (piece?.length ?? 0) <= BODY_PIECE)).toBe(true);
      }
    },
  );

  test('carry metadata of plugins on their last message', () => {
    const metadata = new Map<string, Record<string, unknown>>([
      ['envoy.lb', { cost: 12.5, tags: ['a', true, null], deep: { name: 'ü' } }],
      ['other', { undefined: undefined, big: 12n }],
    ]);
    const answers = pieces('response', Buffer.alloc(BODY_PIECE + 5), true, metadataField(metadata));
    expect(answers.map((answer) => answer.metadata)).toEqual([
      undefined,
      { 'envoy.lb': { cost: 12.5, tags: ['a', true, null], deep: { name: 'ü' } }, other: { undefined: null, big: 12 } },
    ]);
    expect(metadataField(new Map())).toBeUndefined();
  });

  test('carry metadata of any shape', () => {
    fc.assert(
      fc.property(struct, (fields) => {
        const [answer] = pieces('response', Buffer.from('x'), true, metadataField(new Map([['space', fields]])));
        expect(plain(answer?.metadata)).toEqual({ space: plain(fields) });
      }),
    );
  });
});

test('immediate answers', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), value, fc.option(value, { nil: undefined }), (status, text, reason) => {
      const answer = decodeAnswer(immediateResponse(status, text, reason));
      expect(answer).toMatchObject({ kind: 'immediate_response', status, text });
      expect(answer.mutation?.set).toEqual(reason === undefined ? [] : [['x-llm-d-request-dropped-reason', reason]]);
    }),
  );
});

test('the answer to trailers says nothing', () => {
  expect(decodeAnswer(responseTrailersResponse)).toEqual({ kind: 'response_trailers', metadata: undefined });
});
