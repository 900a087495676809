import { tokenEnd } from './bytes';
import { labelValue } from './labels';
import type { MetricSpec } from './metric-spec';
import { readNumber } from './numbers';
import { type SampleVisitor, scanSamples, timestampAt, type WantedNames, wantedNames } from './scan';

/** Which of several samples counts: the one with the largest timestamp, an absent one being 0, or with the largest value. */
export type SampleChoice = 'latest' | 'largest';

/** A series to read. */
export interface WantedSeries {
  readonly spec: MetricSpec;
  readonly choice: SampleChoice;
}

interface Wanted {
  readonly labels: readonly (readonly [Buffer, string])[];
  readonly largest: boolean;
}

/** Less than any timestamp or value that is ever chosen. Source: llm-d-router v0.10.0, `extractor/metrics`. */
const lowest = -1;

/**
 * Reads some series from metrics pages, in one pass and without parsing the rest of the page.
 *
 * What it found holds until the next `read`, as long as the bytes of the page are not overwritten.
 */
export class SeriesReader implements SampleVisitor {
  private readonly names: WantedNames;
  /** Places of the wanted series by name. */
  private readonly byName: readonly (readonly number[])[];
  private readonly wanted: readonly Wanted[];
  private readonly rank: Float64Array;
  private readonly labelsAt: Int32Array;
  private readonly valueAt: Int32Array;
  private readonly lineEnd: Int32Array;
  private bytes: Buffer = Buffer.alloc(0);

  constructor(series: readonly WantedSeries[]) {
    const places = new Map<string, number[]>();
    series.forEach(({ spec }, index) => {
      const same = places.get(spec.name);
      if (same === undefined) places.set(spec.name, [index]);
      else same.push(index);
    });
    this.names = wantedNames([...places.keys()]);
    this.byName = [...places.values()];
    this.wanted = series.map(({ spec, choice }) => ({
      labels: spec.labels.map(([name, value]) => [Buffer.from(name), value] as const),
      largest: choice === 'largest',
    }));
    this.rank = new Float64Array(series.length);
    this.labelsAt = new Int32Array(series.length);
    this.valueAt = new Int32Array(series.length);
    this.lineEnd = new Int32Array(series.length);
  }

  /** Looks for the series in `bytes[start, end)`. */
  read(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.rank.fill(lowest);
    scanSamples(bytes, start, end, this.names, this);
  }

  /** Whether the page has a sample of the series with that index. */
  found(index: number): boolean {
    return (this.rank[index] as number) > lowest;
  }

  /** Value of the chosen sample; undefined when it is no number. Ask only for what was found. */
  value(index: number): number | undefined {
    const at = this.valueAt[index] as number;
    return readNumber(this.bytes, at, tokenEnd(this.bytes, at, this.lineEnd[index] as number));
  }

  /** A label of the chosen sample; undefined when it has no such label. Ask only for what was found. */
  label(index: number, name: Buffer): string | undefined {
    const at = this.labelsAt[index] as number;
    return at < 0 ? undefined : labelValue(this.bytes, at, this.lineEnd[index] as number, name);
  }

  sample(nameIndex: number, labelsAt: number, valueAt: number, end: number): void {
    const indexes = this.byName[nameIndex] as readonly number[];
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i] as number;
      const { labels, largest } = this.wanted[index] as Wanted;
      if (labels.length > 0 && !this.matches(labels, labelsAt, end)) continue;
      const rank = largest ? this.valueOf(valueAt, end) : this.timestampOf(valueAt, end);
      if (!(rank > (this.rank[index] as number))) continue;
      this.rank[index] = rank;
      this.labelsAt[index] = labelsAt;
      this.valueAt[index] = valueAt;
      this.lineEnd[index] = end;
    }
  }

  private matches(labels: Wanted['labels'], labelsAt: number, end: number): boolean {
    if (labelsAt < 0) return false;
    for (let i = 0; i < labels.length; i++) {
      const [name, value] = labels[i] as readonly [Buffer, string];
      if (labelValue(this.bytes, labelsAt, end, name) !== value) return false;
    }
    return true;
  }

  private valueOf(valueAt: number, end: number): number {
    return readNumber(this.bytes, valueAt, tokenEnd(this.bytes, valueAt, end)) ?? Number.NaN;
  }

  private timestampOf(valueAt: number, end: number): number {
    const at = timestampAt(this.bytes, valueAt, end);
    return at < 0 ? 0 : (readNumber(this.bytes, at, tokenEnd(this.bytes, at, end)) ?? Number.NaN);
  }
}
