import { FEATURES, FeatureBatch, feature } from '../../src/latency/features';
import type { LatencyPredictionInfo } from '../../src/plugin';

/** Features by their names; others are 0. */
export type FeatureValues = Partial<Record<keyof typeof feature, number>>;

/** A row of features. */
export function rowOf(values: FeatureValues): Float64Array {
  const row = new Float64Array(FEATURES);
  for (const [name, value] of Object.entries(values)) row[feature[name as keyof typeof feature]] = value;
  return row;
}

/** A batch of such rows, of one pod type. */
export function batchOf(rows: readonly Float64Array[], podType = ''): FeatureBatch {
  const batch = new FeatureBatch(rows.length);
  for (const [i, row] of rows.entries()) {
    batch.rows.set(row, i * FEATURES);
    batch.slots[i] = i;
    batch.podTypes[i] = podType;
  }
  return batch;
}

/** Predictions of one endpoint; left out is not known. */
export interface PredictionValues {
  /** @default NaN */
  readonly ttft?: number;
  /** @default NaN */
  readonly tpot?: number;
  /** @default NaN */
  readonly ttftHeadroom?: number;
  /** @default NaN */
  readonly tpotHeadroom?: number;
  /** @default 1 */
  readonly dispatched?: number;
}

/** Predictions by slot, in the order of the slots. */
export function predictions(values: readonly PredictionValues[]): LatencyPredictionInfo {
  const by = (name: keyof PredictionValues, missing = Number.NaN): Float64Array =>
    Float64Array.from(values, (value) => value[name] ?? missing);
  return {
    ttftMs: by('ttft'),
    tpotMs: by('tpot'),
    ttftHeadroomMs: by('ttftHeadroom'),
    tpotHeadroomMs: by('tpotHeadroom'),
    dispatched: by('dispatched', 1),
  };
}
