/** Labels of a pod. */
export type Labels = Readonly<Record<string, string>>;

/** One condition of a label selector. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** A label selector. */
export interface Selector {
  readonly labels: Labels;
  readonly expressions: readonly LabelExpression[];
}

/** Reads a selector as objects hold it: `matchLabels` and `matchExpressions`. */
export function selectorOf(value: unknown): Selector {
  const { matchLabels, matchExpressions } = (value ?? {}) as { matchLabels?: unknown; matchExpressions?: unknown };
  const labels = typeof matchLabels === 'object' && matchLabels !== null ? (matchLabels as Labels) : {};
  const expressions = Array.isArray(matchExpressions) ? (matchExpressions as LabelExpression[]) : [];
  return { labels, expressions: expressions.filter((expression) => typeof expression?.key === 'string') };
}

/** The selector of a Service, which is a mapping of labels. */
export function equalitySelector(value: unknown): Selector {
  return { labels: typeof value === 'object' && value !== null ? (value as Labels) : {}, expressions: [] };
}

/** True when the selector has no condition, and so means everything or nothing. */
export function isEmpty({ labels, expressions }: Selector): boolean {
  return expressions.length === 0 && Object.keys(labels).length === 0;
}

/** True when all conditions hold for these labels. */
export function matches({ labels: wanted, expressions }: Selector, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value) && expressions.every((one) => holds(one, labels));
}

function holds({ key, operator, values }: LabelExpression, labels: Labels): boolean {
  const value = labels[key];
  const among = value !== undefined && Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return among;
    case 'NotIn':
      return !among;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** A selector in words, as `kubectl -l` takes it. */
export function describeSelector({ labels, expressions }: Selector): string {
  const parts = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...expressions.map(({ key, operator, values }) => `${key} ${operator}${Array.isArray(values) ? ` (${values.join(',')})` : ''}`),
  ];
  return parts.length === 0 ? 'everything' : parts.join(',');
}

/**
 * Things by namespace and label, so that a selector looks at those that carry its rarest label only and not at all of them.
 */
export class LabelIndex<T> {
  private readonly namespaces = new Map<string, { readonly all: Entry<T>[]; readonly byLabel: Map<string, Entry<T>[]> }>();

  /** Makes a thing findable by its labels. */
  add(namespace: string | undefined, labels: Labels, item: T): void {
    const key = namespace ?? '';
    const space = this.namespaces.get(key) ?? { all: [], byLabel: new Map<string, Entry<T>[]>() };
    this.namespaces.set(key, space);
    const entry = { labels, item };
    space.all.push(entry);
    for (const [name, value] of Object.entries(labels)) {
      const label = `${name}=${value}`;
      const known = space.byLabel.get(label);
      if (known === undefined) {
        space.byLabel.set(label, [entry]);
      } else {
        known.push(entry);
      }
    }
  }

  /** The things of a namespace that match, in the order in which they were added. A selector without a condition matches nothing. */
  select(namespace: string | undefined, selector: Selector): readonly T[] {
    const space = this.namespaces.get(namespace ?? '');
    if (space === undefined || isEmpty(selector)) {
      return [];
    }
    let candidates: readonly Entry<T>[] = space.all;
    for (const [name, value] of Object.entries(selector.labels)) {
      const known = space.byLabel.get(`${name}=${value}`) ?? [];
      candidates = known.length < candidates.length ? known : candidates;
    }
    return candidates.filter(({ labels }) => matches(selector, labels)).map(({ item }) => item);
  }
}

interface Entry<T> {
  readonly labels: Labels;
  readonly item: T;
}
