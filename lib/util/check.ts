import { ensure } from '../validation/error';

/** A value as text for a message; an object without a prototype has no text of its own. */
export function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value);
}

/** The same, with quotes around text: "3" is not the number 3. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : textOf(value);
}

/** Throws LLMD104 unless `value` is a whole number of at least `min` (and at most `max`). */
export function checkInteger(prop: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  const allowed = max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  ensure(Number.isSafeInteger(value) && value >= min && value <= max, 'LLMD104', { prop, given: shown(value), allowed });
}

/** Throws LLMD104 unless `min <= value <= max`. */
export function checkRange(prop: string, value: number, min: number, max: number): void {
  ensure(Number.isFinite(value) && value >= min && value <= max, 'LLMD104', {
    prop,
    given: shown(value),
    allowed: `from ${min} to ${max}`,
  });
}

/** Throws LLMD104 unless `port` is a TCP port. */
export function checkPort(prop: string, port: number): void {
  checkInteger(prop, port, 1, 65_535);
}

/** Throws LLMD107 unless `value` is text that `legal` matches; nothing given is legal. */
export function checkText(prop: string, value: unknown, legal: RegExp, allowed: string): void {
  if (value !== undefined && value !== null) {
    ensure(typeof value === 'string' && legal.test(value), 'LLMD107', { prop, given: textOf(value), allowed });
  }
}

/** Throws LLMD107 unless `value` is one of `words`; nothing given is legal. */
export function checkOneOf(prop: string, value: unknown, words: readonly string[]): void {
  const known = value === undefined || value === null || words.includes(value as string);
  ensure(known, 'LLMD107', { prop, given: textOf(value), allowed: `it must be ${words.map((word) => `"${word}"`).join(' or ')}` });
}

/** Throws LLMD107 unless `value` has the `method` by which we know its class, also that of a second copy of a package; nothing given is legal. */
export function checkMethod(prop: string, value: unknown, method: string, make: string): void {
  const known = value === undefined || value === null || typeof (value as Record<string, unknown>)[method] === 'function';
  ensure(known, 'LLMD107', { prop, given: textOf(value), allowed: `make it by ${make}` });
}

/** True for an object that is no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
