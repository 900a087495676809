import { textVariable } from '../../config/variables';
import type { PluginContext } from '../../plugin/context';
import type { Endpoint } from '../../plugin/endpoint';
import type { Decider } from '../../plugin/plugins';
import type { InferenceRequest } from '../../plugin/request';
import { tokenCount } from '../prompt-tokens';

/** Prefills elsewhere when the decode endpoint would have many tokens to compute: prompt tokens less those that its cache holds. */
export class PrefixBasedPdDecider implements Decider {
  private readonly nonCachedTokens: number;
  private readonly promptTokens: number;
  private readonly producer: string;

  constructor(private readonly context: PluginContext) {
    const { parameters, env, log, name } = context;
    this.nonCachedTokens = Number(parameters.nonCachedTokens);
    this.promptTokens = Number(parameters.promptTokens);
    // Upstream knows the approximate producer only, even where a precise one is configured.
    this.producer = textVariable(env, 'LLM_D_EPP_PD_DECIDER_PREFIX_PRODUCER');
    if (this.nonCachedTokens === 0) log.info({ plugin: name }, 'nonCachedTokens is 0: prefill is never disaggregated');
  }

  start(): void {
    const { plugins, log, name } = this.context;
    if (this.nonCachedTokens > 0 && !plugins().has(this.producer)) {
      log.warn({ plugin: name, producer: this.producer }, 'no such producer of prefix matches: prefill is never disaggregated');
    }
  }

  decide(request: InferenceRequest, endpoint: Endpoint | undefined): boolean {
    if (this.nonCachedTokens === 0 || endpoint === undefined) return false;
    const tokens = tokenCount(request);
    if (tokens < this.promptTokens || tokens < this.nonCachedTokens) return false;
    const match = request.get('PrefixCacheMatchInfo', this.producer);
    const cachedBlocks = match?.cachedBlocks[endpoint.slot] ?? -1;
    if (match === undefined || cachedBlocks < 0) {
      this.context.log.debug({ plugin: this.context.name, requestId: request.id }, 'nothing is known of the prefix: prefill stays local');
      return false;
    }
    return tokens - cachedBlocks * match.blockSizeTokens >= this.nonCachedTokens;
  }
}
