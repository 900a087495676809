import { byte, skipBlanks } from './bytes';

/** Position after the `}` of the labels that open at `at`, or -1 when they do not close before `end`. */
export function labelsEnd(bytes: Buffer, at: number, end: number): number {
  let quoted = false;
  for (let i = at + 1; i < end; i++) {
    const code = bytes[i];
    if (quoted) {
      if (code === byte.backslash) i++;
      else if (code === byte.quote) quoted = false;
    } else if (code === byte.quote) quoted = true;
    else if (code === byte.close) return i + 1;
  }
  return -1;
}

/**
 * Value of a label among those that open at `at`; undefined when it is not among them. The first of equal names counts.
 */
export function labelValue(bytes: Buffer, at: number, end: number, name: Buffer): string | undefined {
  let i = skipBlanks(bytes, at + 1, end);
  while (i < end && bytes[i] !== byte.close) {
    const nameAt = i;
    while (i < end && bytes[i] !== byte.equals && bytes[i] !== byte.space && bytes[i] !== byte.tab) i++;
    const nameEnd = i;
    i = skipBlanks(bytes, i, end);
    if (bytes[i] !== byte.equals) return undefined;
    i = skipBlanks(bytes, i + 1, end);
    if (bytes[i] !== byte.quote) return undefined;
    const valueAt = ++i;
    let escaped = false;
    while (i < end && bytes[i] !== byte.quote) {
      if (bytes[i] === byte.backslash) {
        escaped = true;
        i++;
      }
      i++;
    }
    if (i >= end) return undefined;
    if (nameEnd - nameAt === name.length && startsWith(bytes, nameAt, name)) {
      const text = bytes.toString('utf8', valueAt, i);
      return escaped ? unescapeValue(text) : text;
    }
    i = skipBlanks(bytes, i + 1, end);
    if (bytes[i] === byte.comma) i = skipBlanks(bytes, i + 1, end);
  }
  return undefined;
}

/** Whether `bytes` has `text` at that position; the caller knows that there are enough bytes. */
export function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let i = text.length - 1; i >= 0; i--) if (bytes[at + i] !== text[i]) return false;
  return true;
}

const unescapeValue = (text: string): string => text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
