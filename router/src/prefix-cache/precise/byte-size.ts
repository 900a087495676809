const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/** Bytes of a size such as `2GiB`, `500 MB` or `1g`; undefined when it is none. Source: the Go package go-humanize 1.0.1. */
export function parseByteSize(text: string): number | undefined {
  const match = /^([\d.,]+)\s*(?:([kmgtpe])(i?)b?|b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const value = Number((match[1] as string).replaceAll(',', ''));
  const [, , prefix = '', binary = ''] = match;
  const bytes = prefix === '' ? value : value * (binary === '' ? 1000 : 1024) ** (FACTORS[prefix.toLowerCase()] as number);
  return Number.isFinite(bytes) ? Math.floor(bytes) : undefined;
}
