import type { Column } from '../../plugin/column';
import { type MetricSpec, showSpec } from '../prometheus/metric-spec';
import type { SeriesReader } from '../prometheus/series-reader';

/** How a number goes into its column: any number, a share that must be finite, or a whole number, of which the fraction is cut off. */
export type ScalarKind = 'any' | 'finite' | 'whole';

/** A series whose value goes into a column. */
export interface ScalarReading {
  /** Place of the series in the reader. */
  readonly index: number;
  readonly spec: MetricSpec;
  readonly column: Column;
  readonly kind: ScalarKind;
}

/** Writes the value of a series that the reader was asked for. Returns what was wrong; the column keeps its value then. */
export function takeScalar(reader: SeriesReader, { index, spec, column, kind }: ScalarReading, slot: number): string | undefined {
  if (!reader.found(index)) return `${showSpec(spec)} is not on the page`;
  const value = reader.value(index);
  if (value === undefined) return `${showSpec(spec)} has no number`;
  if (kind !== 'any' && !Number.isFinite(value)) return `${showSpec(spec)} is ${value}`;
  column.set(slot, kind === 'whole' ? Math.trunc(value) : value);
  return undefined;
}

/** Joins complaints of one page. */
export const joinComplaints = (first: string | undefined, second: string | undefined): string | undefined =>
  first === undefined ? second : second === undefined ? first : `${first}; ${second}`;
