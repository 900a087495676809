import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { Cycle, Scorer } from '../../plugin/plugins';

/** `mm-embeddings-cache-scorer`: the share of the request's media, by size, that an endpoint has encoded already. */
export class MmEmbeddingsCacheScorer implements Scorer {
  private readonly producer: string;

  constructor(context: PluginContext) {
    this.producer = textParameter(context.parameters, 'producerName', 'mm-embeddings-cache-producer');
  }

  score(cycle: Cycle, candidates: Candidates, scores: Float64Array): void {
    const info = cycle.request.get('EncoderCacheMatchInfo', this.producer);
    if (info === undefined || info.requestSize <= 0) return;
    for (let i = 0; i < candidates.size; i++) {
      scores[i] = (info.matchedSize[candidates.slots[i] as number] ?? 0) / info.requestSize;
    }
  }
}
