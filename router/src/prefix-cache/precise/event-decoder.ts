import { Unpackr } from 'msgpackr';
import type { HashList } from '../hash/hash-kernel';
import type { BlockExtras } from './block-keys';
import type { KvEvent } from './events';

const DEFAULT_TIER = 'gpu';

/** Names of the fields by position, for events that are maps. Source: vLLM 0.23, `distributed/kv_events.py`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  BlockStored: [
    'block_hashes',
    'parent_block_hash',
    'token_ids',
    'block_size',
    'lora_id',
    'medium',
    'lora_name',
    'extra_keys',
    'group_idx',
    'kv_cache_spec_kind',
    'kv_cache_spec_sliding_window',
  ],
  BlockRemoved: ['block_hashes', 'medium', 'group_idx'],
  AllBlocksCleared: [],
};

/** Engines whose events can be read. */
export type EngineType = 'vllm' | 'sglang';

// Hashes have 64 bits; as numbers they would lose the last of them.
const unpackr = new Unpackr({ int64AsType: 'bigint', mapsAsObjects: true, useRecords: false });

/**
 * Reads a batch of events. SGLang's know no cache groups.
 * @throws Error that says what is wrong; the batch is worth nothing then
 */
export function decodeEvents(payload: Uint8Array, engine: EngineType): KvEvent[] {
  const batch: unknown = unpackr.unpack(payload);
  const events = Array.isArray(batch) ? (batch as unknown[])[1] : undefined;
  if (!Array.isArray(events)) throw new Error(`a batch is [time, events], not ${describe(batch)}`);
  return events.map((event) => decodeEvent(fieldsOf(event), engine));
}

function fieldsOf(event: unknown): readonly unknown[] {
  if (Array.isArray(event)) return event;
  if (typeof event !== 'object' || event === null) throw new Error(`an event is a list or a map, not ${describe(event)}`);
  const map = event as Record<string, unknown>;
  const names = FIELDS[String(map.type)] ?? [];
  return [map.type, ...names.map((name) => map[name])];
}

function decodeEvent(fields: readonly unknown[], engine: EngineType): KvEvent {
  const [tag] = fields;
  const grouped = engine === 'vllm';
  switch (tag) {
    case 'BlockStored':
      return decodeStored(fields, grouped);
    case 'BlockRemoved':
      return {
        type: 'removed',
        hashes: hashes(fields[1]),
        tier: tier(fields[2]),
        ...(grouped ? group(fields[3]) : {}),
      };
    case 'AllBlocksCleared':
      return { type: 'cleared' };
    default:
      throw new Error(`event ${describe(tag)} is unknown`);
  }
}

function decodeStored(fields: readonly unknown[], grouped: boolean): KvEvent {
  if (fields.length < 5) throw new Error(`BlockStored has at least 5 fields, not ${fields.length}`);
  const [, blockHashes, parentHash, tokenIds, blockSize, , medium, loraName, extraKeys, groupIndex, kind] = fields;
  const parent = parentHash === undefined || parentHash === null ? undefined : hashes([parentHash]);
  const noParent = parent === undefined || (parent[0] === 0 && parent[1] === 0);
  return {
    type: 'stored',
    hashes: hashes(blockHashes),
    ...(noParent ? {} : { parent }),
    tokens: tokens(tokenIds),
    blockSize: integer('block_size', blockSize),
    tier: tier(medium),
    loraName: text('lora_name', loraName),
    ...extras(extraKeys),
    ...(grouped ? group(groupIndex) : {}),
    groupKind: grouped ? text('kv_cache_spec_kind', kind) : '',
  };
}

function hashes(value: unknown): HashList {
  if (!Array.isArray(value)) throw new Error(`block hashes are a list, not ${describe(value)}`);
  const list: HashList = new Uint32Array(value.length * 2);
  for (let i = 0; i < value.length; i++) putHash(value[i], list, 2 * i);
  return list;
}

/** A number as it is; of bytes the last eight, first byte highest. */
function putHash(value: unknown, list: HashList, at: number): void {
  if (value instanceof Uint8Array && value.length > 0) {
    const bytes = Buffer.alloc(8);
    const last = value.subarray(Math.max(0, value.length - 8));
    bytes.set(last, 8 - last.length);
    list[at] = bytes.readUInt32BE(4);
    list[at + 1] = bytes.readUInt32BE(0);
    return;
  }
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
    throw new Error(`a block hash is an integer or bytes, not ${describe(value)}`);
  const hash = BigInt.asUintN(64, BigInt(value as bigint | number));
  list[at] = Number(hash & 0xffffffffn);
  list[at + 1] = Number(hash >> 32n);
}

function tokens(value: unknown): Uint32Array {
  if (!Array.isArray(value)) throw new Error(`token_ids is a list, not ${describe(value)}`);
  const list = new Uint32Array(value.length);
  for (let i = 0; i < value.length; i++) list[i] = integer('a token id', value[i]);
  return list;
}

function integer(name: string, value: unknown): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw new Error(`${name} is an integer, not ${describe(value)}`);
  return number as number;
}

function text(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Error(`${name} is text, not ${describe(value)}`);
  return value;
}

const tier = (value: unknown): string => text('medium', value).toLowerCase() || DEFAULT_TIER;

function group(value: unknown): { readonly group?: number } {
  if (value === undefined || value === null) return {};
  const number = integer('group_idx', value);
  if (number < 0) throw new Error(`group_idx is ${number}, less than 0`);
  return { group: number };
}

/** Of each block's keys the texts, and the first text of lists. */
function extras(value: unknown): { readonly extras?: BlockExtras } {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) throw new Error(`extra_keys is a list, not ${describe(value)}`);
  const list = value.map((keys: unknown) => {
    if (keys === undefined || keys === null) return undefined;
    if (!Array.isArray(keys)) throw new Error(`the extra keys of a block are a list, not ${describe(keys)}`);
    const found = keys.map((key: unknown) => (Array.isArray(key) ? key[0] : key)).filter((key) => typeof key === 'string');
    return found.length > 0 ? found : undefined;
  });
  return { extras: list };
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'object' && value !== null ? 'a map' : JSON.stringify(String(value));
}
