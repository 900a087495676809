import fc from 'fast-check';
import { VertexAiParser } from '../../src/parsers/vertex-ai-parser';
import { VllmGrpcParser } from '../../src/parsers/vllm-grpc-parser';
import { cuts, frame, parse, proto, readAll, refusal, usage } from '../support/parsers';

const GENERATE = '/vllm.grpc.engine.VllmEngine/Generate';
const EMBED = '/vllm.grpc.engine.VllmEngine/Embed';

describe('vllmgrpc-parser', () => {
  const parser = new VllmGrpcParser();
  const body = (...fields: Buffer[]): Buffer => frame(Buffer.concat(fields));
  const text = proto.bytes(3, 'hällo');

  test('speaks h2c only and rewrites nothing', () => {
    expect(parser.protocols).toEqual(['kubernetes.io/h2c']);
    expect(parser.rewritesModel).toBe(false);
    expect(parser.claims).toEqual([GENERATE.slice(1), EMBED.slice(1)]);
  });

  test('reads text, cap and stream, and passes over all other fields', () => {
    const sampling = proto.bytes(4, proto.float(1), proto.double(30), proto.bytes(10, 'stop'), proto.uint(8, 300));
    const parsed = parse(parser, GENERATE, body(proto.bytes(1, 'id'), text, sampling, proto.uint(5, 1), proto.bytes(99, 'new')));
    expect(parsed).toMatchObject({ api: 'completions', payload: { prompt: 'hällo' }, stream: true, maxOutputTokens: 300, model: '' });
    expect(parsed.tokenIds).toBeUndefined();
  });

  test('a cap of 0 is a cap', () => {
    expect(parse(parser, GENERATE, body(text, proto.bytes(4, proto.uint(8, 0)))).maxOutputTokens).toBe(0);
    expect(parse(parser, GENERATE, body(text, proto.bytes(4))).maxOutputTokens).toBeUndefined();
  });

  test('reads token ids, packed or not, and images', () => {
    const tokenized = proto.bytes(2, proto.bytes(1, 'original'), proto.packed(2, [1, 300, 4294967295]), proto.uint(2, 7));
    const range = (offset: number, length: number): Buffer => proto.bytes(5, proto.uint(1, offset), proto.uint(2, length));
    const media = proto.bytes(7, range(1, 2), range(4, 1), proto.bytes(6, 'h1'), proto.bytes(2, 'pixels'));
    const parsed = parse(parser, GENERATE, body(tokenized, media));
    expect(parsed.tokenIds).toEqual([Uint32Array.of(1, 300, 4294967295, 7)]);
    expect(parsed.media).toEqual([
      { modality: 'image', hash: 'h1', offset: 1, length: 2 },
      { modality: 'image', hash: '', offset: 4, length: 1 },
    ]);
    expect(parsed.payload).toBeUndefined();
  });

  test('reads an embedding request', () => {
    const parsed = parse(parser, EMBED, body(proto.bytes(2, proto.packed(2, [5, 6]))));
    expect(parsed).toMatchObject({ api: 'embeddings', stream: false });
    expect(parsed.tokenIds).toEqual([Uint32Array.of(5, 6)]);
  });

  test.each([
    ['too short', GENERATE, Buffer.from('abc'), 'invalid or unsupported gRPC payload'],
    ['compressed', GENERATE, frame(text, 1), 'invalid or unsupported gRPC payload'],
    ['cut', GENERATE, frame(text).subarray(0, 8), 'invalid or unsupported gRPC payload'],
    ['malformed', GENERATE, body(Buffer.from([0x1a, 0x7f])), 'unmarshaling GenerateRequest: cannot parse invalid wire-format data'],
    ['an endless number', GENERATE, body(Buffer.alloc(20, 0xff)), 'unmarshaling GenerateRequest: cannot parse invalid wire-format data'],
    ['field 0', GENERATE, body(Buffer.from([0x02, 0x00])), 'unmarshaling GenerateRequest: cannot parse invalid wire-format data'],
    ['without input', GENERATE, body(), 'not supported request inputType'],
    ['malformed', EMBED, body(Buffer.from([0x13])), 'unmarshaling EmbedRequest: cannot parse invalid wire-format data'],
    ['without input', EMBED, body(), 'missing tokenized input in EmbedRequest'],
  ])('%s: %s is refused', (_name, path, bytes, message) => {
    expect(refusal(parser, path, bytes)).toBe(message);
  });

  test('any bytes are read or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          expect(parse(parser, GENERATE, frame(Buffer.from(bytes))).api).toBe('completions');
        } catch (error) {
          expect((error as Error).name).toBe('InferenceError');
        }
      }),
    );
  });

  test('other methods are forwarded unread', () => {
    const parsed = parse(parser, '/vllm.grpc.engine.VllmEngine/Abort', body(text));
    expect(parsed).toMatchObject({ api: 'raw', skipResponse: true });
    expect(parser.readResponse(parsed)).toBeUndefined();
  });

  describe('usage', () => {
    const generate = parse(parser, GENERATE, body(text));
    const read = (answer: Buffer, places: number[] = []) => readAll(parser.readResponse(generate), answer, places).usage;
    const chunk = (...fields: Buffer[]): Buffer => frame(proto.bytes(1, ...fields));
    const complete = frame(
      proto.bytes(2, proto.packed(1, [1, 2]), proto.bytes(2, 'stop'), proto.uint(3, 7), proto.uint(4, 10), proto.uint(5, 4)),
    );

    test('of one message, and of the last of many', () => {
      expect(read(complete)).toEqual(usage(7, 10, 17, 4));
      const pieces = [
        chunk(proto.packed(1, [1, 2, 3])),
        chunk(proto.uint(2, 7), proto.uint(3, 1)),
        chunk(proto.uint(2, 7), proto.uint(3, 2)),
      ];
      expect(read(Buffer.concat(pieces))).toEqual(usage(7, 2, 9, 0));
      expect(read(Buffer.concat([...pieces, complete]))).toEqual(usage(7, 10, 17, 4));
    });

    test('comes to the same however the answer is cut', () => {
      const answer = Buffer.concat([chunk(proto.packed(1, [1, 2, 3])), frame(Buffer.alloc(0)), complete]);
      fc.assert(fc.property(cuts(), (places) => expect(read(answer, places)).toEqual(usage(7, 10, 17, 4))));
    });

    test('of embeddings is the prompt', () => {
      const embed = parse(parser, EMBED, body(proto.bytes(2, proto.packed(2, [5]))));
      const answer = frame(Buffer.concat([proto.bytes(1, Buffer.alloc(64)), proto.uint(2, 9), proto.uint(3, 16)]));
      expect(readAll(parser.readResponse(embed), answer).usage).toEqual(usage(9, 0, 9));
    });

    test.each([
      ['no gRPC', Buffer.from('no healthy upstream')],
      ['malformed', frame(Buffer.from([0x0a, 0x7f]))],
      ['compressed', frame(complete, 1)],
      ['cut', complete.subarray(0, 9)],
      ['empty', Buffer.alloc(0)],
    ])('is undefined: %s', (_name, answer) => {
      expect(read(answer)).toBeUndefined();
    });

    test('behind a message that is skipped is found', () => {
      const long = frame(Buffer.alloc((4 << 20) + 1));
      expect(read(Buffer.concat([long, complete]), [3, 70_000, 5 << 20])).toEqual(usage(7, 10, 17, 4));
      expect(read(Buffer.concat([frame(Buffer.from('zip'), 1), complete]))).toEqual(usage(7, 10, 17, 4));
    });
  });
});

describe('vertexai-parser', () => {
  const parser = new VertexAiParser();
  const service = '/google.cloud.aiplatform.v1beta1.PredictionService/';
  const wrap = (json: string): Buffer =>
    frame(Buffer.concat([proto.bytes(1, 'endpoint'), proto.bytes(2, proto.bytes(1, 'application/json'), proto.bytes(2, json))]));
  const chat = '{"messages":[{"role":"user","content":"Hello"}],"model":"m","stream":true}';

  test.each([
    ['ChatCompletions', chat, { api: 'chat', model: 'm', stream: true }],
    ['StreamRawPredict', '{"input":"hi","max_output_tokens":3}', { api: 'responses', maxOutputTokens: 3 }],
    ['RawPredict', '{"input":"hi"}', { api: 'responses' }],
  ])('%s wraps the JSON of an API and is forwarded as it came', (method, json, expected) => {
    const bytes = wrap(json);
    const parsed = parse(parser, service + method, bytes);
    expect(parsed).toMatchObject({ ...expected, payload: JSON.parse(json), skipResponse: false });
    expect(parsed.bytes).toBe(bytes);
    expect(parser.rewritesModel).toBe(false);
  });

  test('other methods are forwarded unread', () => {
    const parsed = parse(parser, `${service}Predict`, 'x');
    expect(parsed).toMatchObject({ api: 'raw', skipResponse: true });
    expect(parser.readResponse(parsed)).toBeUndefined();
  });

  test.each([
    ['x', 'invalid or unsupported gRPC payload: invalid gRPC frame: expected at least 5 bytes for header, got 1'],
    [frame(Buffer.from('x'), 1), 'invalid or unsupported gRPC payload: compressed gRPC payload is not supported'],
    [
      frame(Buffer.from('abc')).subarray(0, 7),
      'invalid or unsupported gRPC payload: incomplete gRPC payload: header indicates 3 bytes, but only 2 bytes are available',
    ],
    [frame(Buffer.from([0x13])), 'unmarshaling ChatCompletionsRequest: cannot parse invalid wire-format data'],
    [frame(proto.bytes(2, Buffer.from([0x13]))), 'unmarshaling ChatCompletionsRequest: cannot parse invalid wire-format data'],
    [frame(proto.bytes(1, 'endpoint')), 'ChatCompletionsRequest has no HttpBody'],
    [wrap('{}'), 'parsing ChatCompletionsRequest: invalid chat completions request: must have valid messages field'],
  ])('%j is refused', (bytes, message) => {
    expect(refusal(parser, `${service}ChatCompletions`, bytes)).toBe(message);
  });

  test('an HttpBody without JSON is refused', () => {
    expect(refusal(parser, `${service}RawPredict`, frame(proto.bytes(2)))).toMatch(
      /^parsing RawPredictRequest: error unmarshaling request bodyMap: ./,
    );
  });

  test('usage is read from wrapped JSON and wrapped events, however they are cut', () => {
    const parsed = parse(parser, `${service}ChatCompletions`, wrap(chat));
    const counts = '"usage":{"prompt_tokens":7,"completion_tokens":10,"total_tokens":17}';
    const httpBody = (data: string): Buffer => frame(Buffer.concat([proto.bytes(1, 'type'), proto.bytes(2, data)]));
    const json = httpBody(`{"id":"x",${counts}}`);
    const events = Buffer.concat([
      httpBody('data: {"choices":[]}\n\n'),
      httpBody(`data: {${counts}}\n\n`),
      httpBody('data: [DONE]\n\n'),
      httpBody(''),
    ]);
    const read = (answer: Buffer, places: number[]) => readAll(parser.readResponse(parsed), answer, places).usage;
    fc.assert(
      fc.property(cuts(), (places) => {
        expect(read(json, places)).toEqual(usage(7, 10, 17));
        expect(read(events, places)).toEqual(usage(7, 10, 17));
      }),
    );
  });
});
