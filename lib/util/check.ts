import { ensure } from '../validation/error';

/** Throws LLMD104 unless `value` is a whole number of at least `min` (and at most `max`). */
export function checkInteger(prop: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  const allowed = max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  ensure(Number.isSafeInteger(value) && value >= min && value <= max, 'LLMD104', { prop, given: String(value), allowed });
}

/** Throws LLMD104 unless `min <= value <= max`. */
export function checkRange(prop: string, value: number, min: number, max: number): void {
  ensure(Number.isFinite(value) && value >= min && value <= max, 'LLMD104', {
    prop,
    given: String(value),
    allowed: `from ${min} to ${max}`,
  });
}

/** Throws LLMD104 unless `port` is a TCP port. */
export function checkPort(prop: string, port: number): void {
  checkInteger(prop, port, 1, 65_535);
}
