import fc from 'fast-check';
import { InferenceError, type ParsedBody, type Parser, type ResponseReader, type Usage } from '../../src/plugin';

/** Parses a JSON body. */
export const parse = (parser: Parser, path: string, body: unknown): ParsedBody =>
  parser.parse({ path, body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) });

/** Message of the refusal; fails the test when the body is taken or the failure is no refusal. */
export function refusal(parser: Parser, path: string, body: unknown): string {
  try {
    parse(parser, path, body);
  } catch (error) {
    if (error instanceof InferenceError && error.code === 'BadRequest') return error.message;
    throw error;
  }
  throw new Error('the body was taken');
}

/** What a reader knows after all chunks. */
export interface Outcome {
  readonly usage: Usage | undefined;
  readonly events: number;
}

/** Reads an answer that comes in one piece, or cut at the given positions. */
export function readAll(reader: ResponseReader | undefined, answer: Buffer | string, cuts: readonly number[] = []): Outcome {
  if (reader === undefined) throw new Error('there is no reader');
  const bytes = Buffer.from(answer);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < borders.length; i++) reader.push(bytes.subarray(borders[i - 1], borders[i]));
  return { usage: reader.usage, events: reader.events };
}

/** Places to cut an answer at. */
export const cuts = (): fc.Arbitrary<number[]> => fc.array(fc.nat(1 << 20), { maxLength: 30 });

/** Usage as plugins see it. */
export const usage = (promptTokens: number, completionTokens: number, totalTokens: number, cachedTokens?: number): Usage => ({
  promptTokens,
  completionTokens,
  totalTokens,
  cachedTokens,
});

/** A gRPC frame. */
export function frame(message: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** Writes protobuf messages for tests. */
export const proto = {
  uint: (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]),
  bytes: (field: number, ...content: readonly (Buffer | string)[]): Buffer => {
    const all = Buffer.concat(content.map((piece) => Buffer.from(piece)));
    return Buffer.concat([varint(field * 8 + 2), varint(all.length), all]);
  },
  packed: (field: number, values: readonly number[]): Buffer => proto.bytes(field, ...values.map(varint)),
  double: (field: number): Buffer => Buffer.concat([varint(field * 8 + 1), Buffer.alloc(8)]),
  float: (field: number): Buffer => Buffer.concat([varint(field * 8 + 5), Buffer.alloc(4)]),
} as const;
