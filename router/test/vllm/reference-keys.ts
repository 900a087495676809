// The keys of blocks once more, written for plainness: CBOR of [parent, tokens, extra], hashed with FNV-1a of 64 bits.
// Source: llm-d-router v0.10.0, `pkg/kvcache/kvblock`.

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = (1n << 64n) - 1n;

function fnv1a(bytes: readonly number[]): bigint {
  let hash = OFFSET;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return hash;
}

/** Head of a CBOR item in its shortest form. */
function head(major: number, value: bigint): number[] {
  const top = major << 5;
  const bytes = (count: number): number[] => Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * (count - 1 - i))) & 255n));
  if (value < 24n) return [top | Number(value)];
  if (value < 1n << 8n) return [top | 24, ...bytes(1)];
  if (value < 1n << 16n) return [top | 25, ...bytes(2)];
  if (value < 1n << 32n) return [top | 26, ...bytes(4)];
  return [top | 27, ...bytes(8)];
}

const NULL = [0xf6];
const uint = (value: number | bigint): number[] => head(0, BigInt(value));
const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value)];
  return [...head(3, BigInt(bytes.length)), ...bytes];
};
const block = (parent: bigint, tokens: readonly number[] | undefined, extra: readonly number[]): bigint => {
  const list = tokens === undefined ? NULL : [...head(4, BigInt(tokens.length)), ...tokens.flatMap(uint)];
  return fnv1a([...head(4, 3n), ...uint(parent), ...list, ...extra]);
};

/** Key that the first block of a model's prompts follows; the seed is empty. */
export function root(model: string): bigint {
  return block(fnv1a([]), undefined, text(model));
}

/** Keys of the blocks of one block of the server. All of them have its salt. */
export function chain(parent: bigint, tokens: readonly number[], blockSize: number, salt: string | undefined): bigint[] {
  const extra = salt === undefined ? NULL : [...head(4, 1n), ...head(5, 1n), ...text('Hash'), ...text(salt)];
  const keys: bigint[] = [];
  let key = parent;
  for (let at = 0; at + blockSize <= tokens.length; at += blockSize) {
    key = block(key, tokens.slice(at, at + blockSize), extra);
    keys.push(key);
  }
  return keys;
}
