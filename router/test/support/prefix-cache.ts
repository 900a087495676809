import type { Candidates, DataProducer, Endpoint, InferenceRequest, PreRequest } from '../../src/plugin';
import type { HashList } from '../../src/prefix-cache/hash/hash-kernel';
import { type RequestOptions, request } from './context';

/** The token ids first, first + 1, ... */
export const ids = (first: number, count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => first + i);

/** A request with these prompts as its tokens. */
export function tokenRequest(
  prompts: readonly Uint32Array[],
  options: RequestOptions & { readonly model?: string } = {},
): InferenceRequest {
  const { model = 'my-model', ...rest } = options;
  const made = request({ body: { model, prompt: 'hello' }, ...rest });
  made.put('TokenizedPrompt', 'token-producer', { prompts: prompts.map((list) => ({ ids: list, features: [] })), estimated: false });
  return made;
}

/** The result that sends a request to `primary`, and to `prefill` before it when there is one. */
export function sendsTo(primary: Endpoint, prefill?: Endpoint) {
  const profiles = new Map([['decode', { targets: [primary] }]]);
  if (prefill !== undefined) profiles.set('prefill', { targets: [prefill] });
  return { primary: 'decode', profiles };
}

/** Runs a request through a producer, to an endpoint when one is given. */
export function send(plugin: DataProducer & PreRequest, made: InferenceRequest, candidates: Candidates, ...targets: Endpoint[]): void {
  void plugin.produce(made, candidates);
  if (targets[0] !== undefined) plugin.preRequest(made, sendsTo(targets[0], targets[1]));
}

/** Hashes as one big integer each. */
export const bigHashes = (list: HashList): bigint[] =>
  Array.from({ length: list.length / 2 }, (_, i) => (BigInt(list[2 * i + 1] as number) << 32n) | BigInt(list[2 * i] as number));

/** A list from big integers. */
export const hashList = (hashes: readonly bigint[]): HashList =>
  Uint32Array.from(hashes.flatMap((hash) => [Number(hash & 0xffffffffn), Number(hash >> 32n)]));
