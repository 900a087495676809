import { dataKeys } from 'llm-d-epp-config';
import type { Decider } from '../../plugin/plugins';
import type { InferenceRequest } from '../../plugin/request';

/** Prefills every request elsewhere. */
export class AlwaysDisaggPdDecider implements Decider {
  decide(): boolean {
    return true;
  }
}

/** Encodes elsewhere whatever has media in it, as the tokeniser found it. */
export class AlwaysDisaggMultimodalDecider implements Decider {
  decide(request: InferenceRequest): boolean {
    return (
      request.get('TokenizedPrompt', dataKeys.TokenizedPrompt.defaultProducer)?.prompts.some(({ features }) => features.length > 0) ?? false
    );
  }
}
