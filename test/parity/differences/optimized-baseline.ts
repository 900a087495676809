import { deploymentDifferences, roleDifferences } from './engine';
import type { Explained } from './explained';
import { routerDifferences } from './router';

const GUIDE = 'optimized-baseline';

export const OPTIMIZED_BASELINE_DIFFERENCES: readonly Explained[] = [
  ...routerDifferences(GUIDE),
  ...roleDifferences(GUIDE, 'decode'),
  ...deploymentDifferences('decode', 'Qwen3-32B'),
];
