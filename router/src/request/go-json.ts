import { isJsonObject } from '../parsers/json-body';

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};
/** What does not stand in JSON as it is: all but printable ASCII, and of that `"`, `&`, `<`, `>` and the backslash. */
const SPECIAL = /[^ !#-%'-;=?-[\]-~]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const NOT_ASCII = /[^\0-\x7f]/;

function text(value: string): string {
  if (!SPECIAL.test(value)) return `"${value}"`;
  const json = JSON.stringify(NOT_ASCII.test(value) ? value.replace(LONE_SURROGATE, '\ufffd') : value);
  return json.replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] as string);
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Keys in the order of their UTF-8 bytes. */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    // Units of UTF-16 are in the order of bytes as long as all are ASCII, which sorted keys mostly are.
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.some((key) => NOT_ASCII.test(key)) ? keys.sort(byBytes) : keys.sort();
  }
  return keys.some((key) => NOT_ASCII.test(key)) ? keys.sort(byBytes) : keys;
}

const wireKeys = (object: object): string[] => Object.keys(object);

function write(value: unknown, keys: (object: object) => string[]): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  let json = '';
  if (Array.isArray(value)) {
    for (const item of value) json += `${json === '' ? '' : ','}${write(item, keys)}`;
    return `[${json}]`;
  }
  if (!isJsonObject(value)) return String(value);
  for (const key of keys(value)) json += `${json === '' ? '' : ','}${text(key)}:${write(value[key], keys)}`;
  return `{${json}}`;
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
