const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Digits that a double holds exactly whatever they are. */
const exactDigits = 15;

/** A number of a metrics page in `[at, end)`, also `NaN`, `+Inf` and `-Inf`; undefined when it is none. */
export function readNumber(bytes: Buffer, at: number, end: number): number | undefined {
  return readInteger(bytes, at, end) ?? readText(bytes.toString('latin1', at, end));
}

/** The common case without a text in between: up to 15 digits, and `.0` after them, which Python writes. */
function readInteger(bytes: Buffer, at: number, end: number): number | undefined {
  let last = end;
  if (end - at > 2 && bytes[end - 1] === 48 && bytes[end - 2] === 46) last = end - 2;
  if (last <= at || last - at > exactDigits) return undefined;
  let value = 0;
  for (let i = at; i < last; i++) {
    const digit = (bytes[i] as number) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

function readText(text: string): number | undefined {
  if (decimal.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY;
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}
