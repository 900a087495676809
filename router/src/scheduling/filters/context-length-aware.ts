import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Filter, Scorer } from '../../plugin/plugins';
import { tokenCount } from '../prompt-tokens';
import { ContextLengthRanges, rangeKind } from './context-length-ranges';

/** Score without a label. This and the constants below: llm-d-router v0.10.0, `scorer/contextlengthaware`. */
const NEUTRAL_SCORE = 0.5;
/** Highest score of an endpoint whose range the prompt is outside of. */
const MAX_OUTSIDE_SCORE = 0.3;
/** Tokens of a range's width at which its share of the score is halved. */
const WIDTH_SCALE = 10000;
/** Tokens of distance at which the score of an endpoint outside is halved. */
const DISTANCE_SCALE = 1000;
const WIDTH_SHARE = 0.7;
const HEADROOM_SHARE = 0.3;

/** Prefers endpoints whose label names the range of context lengths that the prompt is in; on demand, drops those of other ranges. */
export class ContextLengthAware implements Filter, Scorer {
  private readonly ranges: ContextLengthRanges;
  private readonly enableFiltering: boolean;

  constructor({ parameters, endpoints, log, name }: PluginContext) {
    const label = String(parameters.label);
    this.enableFiltering = parameters.enableFiltering === true;
    this.ranges = new ContextLengthRanges(endpoints, label, (endpoint, value) =>
      log.warn({ plugin: name, endpoint: endpoint.id, label, value }, 'label is no range of context lengths, write it like "0-8192"'),
    );
  }

  filter({ request }: Cycle, candidates: Candidates): void {
    if (!this.enableFiltering) return;
    this.ranges.refresh();
    const { kinds, least, most } = this.ranges;
    const length = tokenCount(request);
    candidates.retain((slot) => {
      if (kinds[slot] === rangeKind.none) return true;
      return kinds[slot] === rangeKind.range && length >= (least[slot] as number) && length <= (most[slot] as number);
    });
  }

  score({ request }: Cycle, { slots, size }: Candidates, scores: Float64Array): void {
    this.ranges.refresh();
    const { kinds, least, most } = this.ranges;
    const length = tokenCount(request);
    for (let i = 0; i < size; i++) {
      const slot = slots[i] as number;
      if (kinds[slot] === rangeKind.range) scores[i] = rangeScore(length, least[slot] as number, most[slot] as number);
      else scores[i] = kinds[slot] === rangeKind.none ? NEUTRAL_SCORE : 0;
    }
  }
}

/** Score of a range for a prompt, both in tokens: the narrower the range and the more room above the prompt, the higher. */
export function rangeScore(length: number, least: number, most: number): number {
  if (length > most) return MAX_OUTSIDE_SCORE / (1 + (length - most) / DISTANCE_SCALE);
  if (length < least) return MAX_OUTSIDE_SCORE / (1 + (least - length) / DISTANCE_SCALE);
  const width = most - least;
  if (width === 0) return 1;
  const inside = WIDTH_SHARE / (1 + width / WIDTH_SCALE) + (HEADROOM_SHARE * (most - length)) / width;
  return MAX_OUTSIDE_SCORE + inside * (1 - MAX_OUTSIDE_SCORE);
}
