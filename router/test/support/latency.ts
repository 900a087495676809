import { FEATURES, FeatureBatch, feature } from '../../src/latency/features';

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
