/** A series that is read: its name, and values that labels of it must have. */
export interface MetricSpec {
  readonly name: string;
  /** Label name and wanted value. */
  readonly labels: readonly (readonly [string, string])[];
}

const grammar = /^\s*([A-Za-z_:][\w:]*)\s*(?:\{([^{}]*)\})?\s*$/;
const labelGrammar = /^\s*([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|([^"\s]+))\s*$/;

/**
 * Reads `name`, `name{label=value}` or `name{label="value",other=x}`; an empty text stands for "not read" and gives undefined.
 * @throws Error when the text is none of them
 */
export function parseMetricSpec(text: string): MetricSpec | undefined {
  if (text === '') return undefined;
  const match = grammar.exec(text);
  if (match === null) throw new Error(`${JSON.stringify(text)} is no metric, write a name or name{label=value}`);
  const inner = (match[2] ?? '').trim();
  return { name: match[1]!, labels: inner === '' ? [] : inner.split(',').map((pair) => parsePair(pair, text)) };
}

function parsePair(pair: string, text: string): readonly [string, string] {
  const match = labelGrammar.exec(pair);
  if (match === null) throw new Error(`${JSON.stringify(pair)} in metric ${JSON.stringify(text)} is no label, write label=value`);
  return [match[1]!, match[2] ?? match[3]!];
}

/** The text of a series for messages. */
export function showSpec({ name, labels }: MetricSpec): string {
  return labels.length === 0 ? name : `${name}{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}
