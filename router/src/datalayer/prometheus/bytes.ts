/** Bytes that mean something in a metrics page. */
export const byte = {
  tab: 9,
  newLine: 10,
  return: 13,
  space: 32,
  quote: 34,
  hash: 35,
  comma: 44,
  equals: 61,
  backslash: 92,
  open: 123,
  close: 125,
} as const;

/** Position of the first byte in `[at, end)` that is neither blank nor tab, or `end`. */
export function skipBlanks(bytes: Buffer, at: number, end: number): number {
  while (at < end && (bytes[at] === byte.space || bytes[at] === byte.tab)) at++;
  return at;
}

/** Position of the first blank, tab or return in `[at, end)`, or `end`. */
export function tokenEnd(bytes: Buffer, at: number, end: number): number {
  while (at < end) {
    const code = bytes[at];
    if (code === byte.space || code === byte.tab || code === byte.return) break;
    at++;
  }
  return at;
}
