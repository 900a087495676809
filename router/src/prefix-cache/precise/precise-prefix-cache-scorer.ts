import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, DataProducer, PreRequest, Scorer } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { prefixScore } from '../prefix-score';
import { PrecisePrefixCacheProducer } from './precise-prefix-cache-producer';

/**
 * The older form of precise-prefix-cache-producer and prefix-cache-scorer in one. Where such a producer is configured, it scores by that
 * one and ignores its own parameters.
 */
export class PrecisePrefixCacheScorer implements Scorer, DataProducer, PreRequest {
  private own: PrecisePrefixCacheProducer | undefined;
  /** Name of the producer that is scored by. */
  private producer: string;

  constructor(private readonly context: PluginContext) {
    this.producer = context.name;
    const { name, log } = context;
    log.warn({ plugin: name }, 'precise-prefix-cache-scorer is deprecated, use precise-prefix-cache-producer and prefix-cache-scorer');
  }

  /** The producer may stand after this plugin, so it is looked for here. @throws Error when there are several */
  async start(): Promise<void> {
    const producers = [...this.context.plugins()].filter(([, plugin]) => plugin instanceof PrecisePrefixCacheProducer);
    if (producers.length > 1)
      throw new Error(
        `plugin "${this.context.name}" can not choose between ${producers.map(([name]) => `"${name}"`).join(' and ')}; ` +
          'use prefix-cache-scorer with prefixMatchInfoProducerName',
      );
    const [found] = producers;
    if (found !== undefined) {
      this.producer = found[0];
      return;
    }
    this.own = new PrecisePrefixCacheProducer(this.context);
    await this.own.start();
  }

  async stop(): Promise<void> {
    await this.own?.stop();
  }

  /** What its own index holds, if it has one. */
  state(): unknown {
    return this.own?.state();
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    this.own?.produce(request, candidates);
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    this.own?.preRequest(request, result);
  }

  score({ request }: Cycle, candidates: Candidates, scores: Float64Array): void {
    const info = request.get('PrefixCacheMatchInfo', this.producer);
    if (info === undefined) return;
    for (let i = 0; i < candidates.size; i++) {
      const matched = info.matchBlocks[candidates.slots[i] as number] ?? 0;
      scores[i] = prefixScore(matched, info.totalBlocks, info.blockSizeTokens, 0, 0);
    }
  }
}
