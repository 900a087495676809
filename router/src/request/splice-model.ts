const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [BRACE_OPEN, BRACE_CLOSE, BRACKET_OPEN, BRACKET_CLOSE] = [123, 125, 91, 93];
const SPACE = 32;
const MODEL = 'model';

/**
 * Replaces the value of `model` at the top of a JSON object and leaves every other byte as it is, so that large numbers, the order of the
 * keys and escapes survive. Every top-level key that reads `model` is replaced, however it is escaped: which one counts depends on the
 * reader. Without such a key, one is put at the start of the object.
 *
 * The text must be valid JSON, as a parser has found it before; undefined when it is no object.
 */
export function spliceModel(body: Buffer, model: string): Buffer | undefined {
  const open = skipSpace(body, 0);
  if (body[open] !== BRACE_OPEN) return undefined;
  const value = Buffer.from(JSON.stringify(model));
  const pieces: Buffer[] = [];
  let copied = 0;
  let at = skipSpace(body, open + 1);
  const isEmpty = body[at] === BRACE_CLOSE;
  while (body[at] === QUOTE) {
    const keyEnd = skipString(body, at);
    const colon = skipSpace(body, keyEnd);
    if (body[colon] !== COLON) return undefined;
    const start = skipSpace(body, colon + 1);
    const end = skipValue(body, start);
    if (end <= start) return undefined;
    if (isModelKey(body, at, keyEnd)) {
      pieces.push(body.subarray(copied, start), value);
      copied = end;
    }
    at = skipSpace(body, end);
    if (body[at] === COMMA) at = skipSpace(body, at + 1);
    else break;
  }
  if (body[at] !== BRACE_CLOSE) return undefined;
  if (copied === 0) {
    pieces.push(body.subarray(0, open + 1), Buffer.from(`"${MODEL}":`), value);
    if (!isEmpty) pieces.push(Buffer.from(','));
    copied = open + 1;
  }
  pieces.push(body.subarray(copied));
  return Buffer.concat(pieces);
}

function isModelKey(body: Buffer, start: number, end: number): boolean {
  const length = end - start - 2;
  if (length < MODEL.length) return false;
  if (length === MODEL.length) return body.toString('latin1', start + 1, end - 1) === MODEL;
  // Longer only if letters are escaped: six bytes for one at most.
  if (length > 6 * MODEL.length || body.indexOf(BACKSLASH, start) >= end) return false;
  try {
    return JSON.parse(body.toString('utf8', start, end)) === MODEL;
  } catch {
    return false;
  }
}

/** Space, tab, line feed and carriage return; of valid JSON nothing else below the space stands between tokens. */
function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] as number) <= SPACE) at++;
  return at;
}

/** Position after the string that starts here. */
function skipString(body: Buffer, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = body.indexOf(QUOTE, from);
    if (quote < 0) return body.length;
    let slashes = 0;
    while (body[quote - 1 - slashes] === BACKSLASH && quote - 1 - slashes > start) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** Position after the value that starts here. */
function skipValue(body: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at] as number;
    if (byte === QUOTE) {
      at = skipString(body, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === BRACE_OPEN || byte === BRACKET_OPEN) depth++;
    else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= SPACE)) return at;
    at++;
  }
  return at;
}
