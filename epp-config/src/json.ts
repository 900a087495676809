/** An object of unknown content, as a YAML or JSON parser returns it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object that is neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property, so that `__proto__` and `constructor` are never found by accident. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether a field counts as left out: Go's decoder treats null like an absent field. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Name of a value's type for a message. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

const longestShown = 60;

/** A value as a message shows it: scalars quoted and shortened, anything else by its type. */
export function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return typeName(value);
  // Cut by code points, so that a surrogate pair is never torn apart.
  const points = Array.from(value.slice(0, 2 * longestShown + 2));
  return JSON.stringify(points.length > longestShown ? `${points.slice(0, longestShown).join('')}…` : value);
}

/** Words in a list for a message: `"a", "b" or "c"`. */
export function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

const longestList = 8;

/** Names for a message, quoted and shortened to the first few; `none` without any. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, longestList).map(show).join(', ');
  if (names.length === 0) return 'none';
  return names.length > longestList ? `${shown} and ${names.length - longestList} more` : shown;
}

/** Path of a field: `a.b`, or `a["b c"]` when the key is no identifier. */
export function fieldPath(parent: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${parent}[${show(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}
