const unitMilliseconds: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** Largest value of Go's time.Duration (2^63 - 1 nanoseconds). */
const longestMilliseconds = 2 ** 63 / 1e6;

/** Milliseconds of a duration in Go syntax such as `1m30s` or `200ms`; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text.length > 128) return undefined;
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  const term = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  while (term.lastIndex < body.length) {
    const match = term.exec(body);
    if (match === null) return undefined;
    total += Number(match[1]) * unitMilliseconds[match[2]!]!;
  }
  return body.length === 0 || total >= longestMilliseconds ? undefined : sign * total;
}

/** Value of a boolean word as Go's ParseBool reads it after trimming and lowering; undefined when it is none. */
export function parseGoBool(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['1', 't', 'true'].includes(word)) return true;
  return ['0', 'f', 'false'].includes(word) ? false : undefined;
}

const suffixFactor: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Whole units of a Kubernetes quantity such as `10Gi` or `1k`, rounded up as Kubernetes does; undefined when it is none. */
export function parseQuantity(quantity: string | number): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:(n|u|m|k|[KMGTPE]i|[MGTPE])|[eE]([+-]?\d{1,3}))?$/.exec(String(quantity));
  if (match === null || String(quantity).length > 64) return undefined;
  const value = Number(match[1]) * suffixFactor[match[2] ?? '']! * 10 ** Number(match[3] ?? 0);
  // Kubernetes caps a quantity at 2^63 - 1 in both directions.
  const capped = Math.max(-(2 ** 63), Math.min(2 ** 63, value));
  return capped < 0 ? Math.floor(capped) : Math.ceil(capped);
}
