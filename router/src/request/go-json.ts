import { isJsonObject } from '../parsers/json-body';

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};
const SPECIAL = /[<>&\u2028\u2029]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const NOT_ASCII = /[^\0-\x7f]/;

function text(value: string): string {
  const json = JSON.stringify(NOT_ASCII.test(value) ? value.replace(LONE_SURROGATE, '\ufffd') : value);
  return SPECIAL.test(json) ? json.replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] as string) : json;
}

/** Keys in the order of their UTF-8 bytes. */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  if (keys.some((key) => NOT_ASCII.test(key))) return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return keys.sort();
}

const wireKeys = (object: object): string[] => Object.keys(object);

function write(value: unknown, keys: (object: object) => string[]): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, keys)).join(',')}]`;
  if (!isJsonObject(value)) return String(value);
  const fields = keys(value).map((key) => `${text(key)}:${write(value[key], keys)}`);
  return `{${fields.join(',')}}`;
}

/**
 * JSON of a decoded value as Go's `encoding/json` writes it: no spaces, keys sorted, `<`, `>`, `&` escaped, so that texts made of it
 * agree with upstream's.
 */
export const goJson = (value: unknown): string => write(value, sortedKeys);

/** The same with keys in the order in which they came, as Go writes JSON that it keeps undecoded. */
export const goRawJson = (value: unknown): string => write(value, wireKeys);

/** An object of named fields in their given order; fields whose text is undefined are left out. */
export function goStruct(fields: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(fields).flatMap(([name, json]) => (json === undefined ? [] : [`"${name}":${json}`]));
  return `{${written.join(',')}}`;
}
