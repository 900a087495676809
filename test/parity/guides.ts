import { buildExample } from '../support/examples';
import { type Comparison, compare } from './compare';
import type { Explained } from './differences/explained';
import { OPTIMIZED_BASELINE_DIFFERENCES } from './differences/optimized-baseline';
import { PD_DISAGGREGATION_DIFFERENCES } from './differences/pd-disaggregation';
import { WIDE_EP_LWS_DIFFERENCES } from './differences/wide-ep-lws';
import { extract, type Json } from './extract';
import { OPTIMIZED_BASELINE } from './facts/optimized-baseline';
import { PD_DISAGGREGATION } from './facts/pd-disaggregation';
import type { GuideFacts } from './facts/types';
import { WIDE_EP_LWS } from './facts/wide-ep-lws';

/** One of upstream's guides and the example that deploys the same. */
export interface Guide {
  /** Id of the chart. */
  readonly chart: string;
  /** File of the example, without its extension. */
  readonly example: string;
  readonly facts: GuideFacts;
  readonly explained: readonly Explained[];
}

export const GUIDES: readonly Guide[] = [
  {
    chart: 'optimized-baseline-gpu-vllm-base',
    example: 'optimized-baseline',
    facts: OPTIMIZED_BASELINE,
    explained: OPTIMIZED_BASELINE_DIFFERENCES,
  },
  {
    chart: 'pd-disaggregation-gpu-vllm-base',
    example: 'pd-disaggregation',
    facts: PD_DISAGGREGATION,
    explained: PD_DISAGGREGATION_DIFFERENCES,
  },
  { chart: 'wide-ep-lws-gpu-vllm-base', example: 'wide-ep-lws', facts: WIDE_EP_LWS, explained: WIDE_EP_LWS_DIFFERENCES },
];

/** What the example synthesizes. */
export function manifestsOf(guide: Guide): readonly Json[] {
  const [chart] = buildExample(guide.example).charts;
  if (chart?.node.id !== guide.chart) {
    throw new Error(`the example ${guide.example} must hold the chart ${guide.chart}`);
  }
  return chart.toJson();
}

/** The guide and the example, value by value. */
export function compared(guide: Guide, objects = manifestsOf(guide)): Comparison {
  return compare(guide.facts, extract(objects));
}
