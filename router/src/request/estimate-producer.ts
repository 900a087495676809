import type { JsonObject } from 'llm-d-epp-config';
import type { Log } from '../plugin/context';
import type { DataProducer } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import { Estimator } from './estimate';
import { videoFacts } from './media-tokens';
import { hasTokens, ownTokens, putTokens } from './tokenized';

/** token-producer in estimate mode: needs nobody's help, so nothing is waited for. */
export class EstimateProducer implements DataProducer {
  private readonly estimator: Estimator;

  /** `parameters` is the object `estimate`. */
  constructor(
    private readonly name: string,
    parameters: JsonObject,
    private readonly log: Log,
  ) {
    this.estimator = new Estimator(parameters);
  }

  produce(request: InferenceRequest): void {
    if (hasTokens(request, true)) return;
    const own = ownTokens(request.body);
    if (own !== undefined) {
      putTokens(request, this.name, own);
      return;
    }
    try {
      const prompts = this.estimator.prompts(request.body, () => videoFacts(request.headers));
      putTokens(request, this.name, { prompts, estimated: true });
    } catch (error) {
      // JSON nested too deeply, say: the request itself may be served nevertheless.
      this.log.warn({ request: request.id, error: (error as Error).message }, 'prompt has no estimated tokens');
    }
  }
}
