type LabelValues = readonly string[];

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeValue = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
const show = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

/** From here on Go writes numbers with an exponent. */
const GO_EXPONENT_FROM = 1e6;

/** A bucket's bound as Go's client library writes it, so that series of both routers can be added: `1048576` is `1.048576e+06`. */
const showBound = (bound: number): string =>
  bound < GO_EXPONENT_FROM || bound === Number.POSITIVE_INFINITY ? show(bound) : bound.toExponential().replace(/\+(\d)$/, '+0$1');

function labelText(names: readonly string[], values: LabelValues): string {
  return names.map((name, i) => `${name}="${escapeValue(values[i] ?? '')}"`).join(',');
}

const braces = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

/** A number that only grows. */
export class Counter {
  value = 0;

  inc(by = 1): void {
    this.value += by;
  }

  write(name: string, labels: string, out: string[]): void {
    out.push(`${name}${braces(labels)} ${show(this.value)}`);
  }
}

/** A number that goes up and down. */
export class Gauge {
  value = 0;

  set(value: number): void {
    this.value = value;
  }

  inc(by = 1): void {
    this.value += by;
  }

  dec(by = 1): void {
    this.value -= by;
  }

  write(name: string, labels: string, out: string[]): void {
    out.push(`${name}${braces(labels)} ${show(this.value)}`);
  }
}

/** Counts of values by bucket. */
export class Histogram {
  private readonly counts: Float64Array;
  private sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
    this.sum += value;
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }

  get total(): number {
    return this.sum;
  }

  write(name: string, labels: string, out: string[]): void {
    const prefix = labels === '' ? '' : `${labels},`;
    let cumulative = 0;
    for (let i = 0; i <= this.bounds.length; i++) {
      cumulative += this.counts[i] as number;
      out.push(`${name}_bucket{${prefix}le="${showBound(this.bounds[i] ?? Number.POSITIVE_INFINITY)}"} ${cumulative}`);
    }
    out.push(`${name}_sum${braces(labels)} ${show(this.sum)}`, `${name}_count${braces(labels)} ${cumulative}`);
  }
}

type Series = Counter | Gauge | Histogram;

/** All series of one metric. Keep the handle that `with` returns: it is the fast way. */
export class Family<S extends Series> {
  private readonly series = new Map<string, { readonly labels: string; readonly series: S }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly kind: 'counter' | 'gauge' | 'histogram',
    readonly labelNames: readonly string[],
    private readonly make: () => S,
  ) {
    if (labelNames.length === 0) this.with();
  }

  /** The series of these label values, in the order of the label names; made on first use. */
  with(...values: string[]): S {
    if (values.length !== this.labelNames.length)
      throw new Error(`${this.name} has ${this.labelNames.length} labels, not ${values.length}`);
    const key = values.join('\u0000');
    let entry = this.series.get(key);
    if (entry === undefined) {
      entry = { labels: labelText(this.labelNames, values), series: this.make() };
      this.series.set(key, entry);
    }
    return entry.series;
  }

  /** Forgets the series of these label values. */
  remove(...values: string[]): void {
    this.series.delete(values.join('\u0000'));
  }

  /** Forgets all series. */
  clear(): void {
    this.series.clear();
  }

  write(out: string[]): void {
    if (this.series.size === 0) return;
    out.push(`# HELP ${this.name} ${escapeHelp(this.help)}`, `# TYPE ${this.name} ${this.kind}`);
    for (const { labels, series } of this.series.values()) series.write(this.name, labels, out);
  }
}

/**
 * The metrics of the process, as Prometheus text.
 *
 * Our own, because a request touches some thirty series: with handles an update is one addition, while prom-client 15 builds a key from
 * the labels at every update.
 */
export class MetricsRegistry {
  private readonly families = new Map<string, Family<Series>>();
  private readonly collectors = new Set<() => void>();

  counter(name: string, help: string, labels: readonly string[] = []): Family<Counter> {
    return this.family(name, help, 'counter', labels, () => new Counter());
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Family<Gauge> {
    return this.family(name, help, 'gauge', labels, () => new Gauge());
  }

  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): Family<Histogram> {
    return this.family(name, help, 'histogram', labels, () => new Histogram(buckets));
  }

  /** Runs before each page: for gauges that are cheaper to compute than to keep. Calling what it returns ends that. */
  collect(update: () => void): () => void {
    this.collectors.add(update);
    return () => this.collectors.delete(update);
  }

  /** The page, text format 0.0.4. */
  text(): string {
    for (const update of this.collectors) update();
    const out: string[] = [];
    for (const family of this.families.values()) family.write(out);
    return `${out.join('\n')}\n`;
  }

  private family<S extends Series>(
    name: string,
    help: string,
    kind: Family<S>['kind'],
    labels: readonly string[],
    make: () => S,
  ): Family<S> {
    const known = this.families.get(name);
    if (known !== undefined) return known as Family<Series> as Family<S>;
    const family = new Family(name, help, kind, labels, make);
    this.families.set(name, family as Family<Series>);
    return family;
  }
}
