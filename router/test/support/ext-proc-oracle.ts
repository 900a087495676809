import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as protobuf from 'protobufjs';

const PROTOS = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const INCLUDES = ['envoy-api', 'googleapis', 'protoc-gen-validate', 'xds'].map((folder) => join(PROTOS, folder));
INCLUDES.push(dirname(require.resolve('protobufjs/package.json')));

function load(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) =>
    existsSync(target) ? target : (INCLUDES.map((folder) => join(folder, target)).find((file) => existsSync(file)) ?? target);
  root.loadSync('envoy/service/ext_proc/v3/external_processor.proto', { keepCase: true });
  // The messages of FULL_DUPLEX_STREAMED, which are younger than the files at hand. Source: go-control-plane v1.37.0.
  root
    .define('envoy.service.ext_proc.v3')
    .add(
      new protobuf.Type('StreamedBodyResponse')
        .add(new protobuf.Field('body', 1, 'bytes'))
        .add(new protobuf.Field('end_of_stream', 2, 'bool')),
    );
  const mutation = root.lookupType('envoy.service.ext_proc.v3.BodyMutation');
  const streamed = new protobuf.Field('streamed_response', 3, 'StreamedBodyResponse');
  mutation.oneofs.mutation?.add(streamed);
  root.resolveAll();
  return root;
}

const root = load();

/** The real message types, in another implementation than the one under test. */
export const oracle = {
  request: root.lookupType('envoy.service.ext_proc.v3.ProcessingRequest'),
  response: root.lookupType('envoy.service.ext_proc.v3.ProcessingResponse'),
  headerMap: root.lookupType('envoy.config.core.v3.HeaderMap'),
  struct: root.lookupType('google.protobuf.Struct'),
};

/** A plain value as `google.protobuf.Value`. */
export function toValue(value: unknown): object {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: toStruct(value as Record<string, unknown>) };
}

/** A plain object as `google.protobuf.Struct`. */
export function toStruct(fields: Readonly<Record<string, unknown>>): { fields: Record<string, object> } {
  const map: Record<string, object> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) map[name] = toValue(value);
  return { fields: map };
}

/** A `google.protobuf.Struct`, as the oracle decodes it, as a plain object. */
export function fromStruct(struct: unknown): Record<string, unknown> {
  const { fields = {} } = (struct ?? {}) as { fields?: Record<string, unknown> };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fromValue(value)]));
}

function fromValue(value: unknown): unknown {
  const kinds = value as Record<string, unknown>;
  if ('structValue' in kinds) return fromStruct(kinds.structValue);
  if ('listValue' in kinds) return ((kinds.listValue as { values?: unknown[] }).values ?? []).map(fromValue);
  if ('nullValue' in kinds) return null;
  return kinds.stringValue ?? kinds.numberValue ?? kinds.boolValue;
}

/** Encodes a request of the proxy. */
export function encodeRequest(message: object): Buffer {
  return Buffer.from(oracle.request.encode(oracle.request.create(message)).finish());
}

/** One header mutation, flat. */
export interface Mutation {
  readonly set: readonly (readonly [string, string])[];
  readonly removed: readonly string[];
  readonly clearRouteCache: boolean;
}

/** A message of the router, decoded by the oracle and made handy. */
export interface Answer {
  readonly kind: string;
  readonly mutation?: Mutation;
  readonly body?: Buffer;
  readonly endOfStream?: boolean;
  readonly metadata?: Record<string, unknown>;
  readonly status?: number;
  readonly text?: string;
}

interface Decoded {
  response?: string;
  dynamic_metadata?: unknown;
  [kind: string]: unknown;
}

interface RawMutation {
  set_headers?: { header: { key: string; value?: string; raw_value?: Buffer } }[];
  remove_headers?: string[];
}

function mutationOf(mutation: RawMutation | undefined, clearRouteCache: boolean): Mutation {
  return {
    set: (mutation?.set_headers ?? []).map(({ header }) => {
      if (header.value) throw new Error(`header ${header.key} has its value in the wrong field`);
      return [header.key, (header.raw_value ?? Buffer.alloc(0)).toString('utf8')] as const;
    }),
    removed: mutation?.remove_headers ?? [],
    clearRouteCache,
  };
}

/** Decodes a message of the router. */
export function decodeAnswer(bytes: Buffer): Answer {
  const decoded = oracle.response.toObject(oracle.response.decode(bytes), { oneofs: true }) as Decoded;
  const kind = decoded.response ?? 'none';
  const content = decoded[kind] as Record<string, unknown>;
  const metadata = decoded.dynamic_metadata === undefined ? undefined : fromStruct(decoded.dynamic_metadata);
  if (kind === 'immediate_response') {
    const { status, body, headers } = content as { status: { code: number }; body?: Buffer; headers?: RawMutation };
    return { kind, status: status.code, text: (body ?? Buffer.alloc(0)).toString('utf8'), mutation: mutationOf(headers, false), metadata };
  }
  const common = (content.response ?? {}) as { header_mutation?: RawMutation; clear_route_cache?: boolean; body_mutation?: object };
  if (kind.endsWith('headers')) return { kind, mutation: mutationOf(common.header_mutation, common.clear_route_cache === true), metadata };
  if (kind.endsWith('trailers')) return { kind, metadata };
  const { streamed_response: streamed } = common.body_mutation as { streamed_response: { body?: Buffer; end_of_stream?: boolean } };
  return { kind, body: Buffer.from(streamed.body ?? Buffer.alloc(0)), endOfStream: streamed.end_of_stream === true, metadata };
}
