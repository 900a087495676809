import { dataKeys } from 'llm-d-epp-config';
import type { TokenizedPrompt } from '../plugin/data';
import type { InferenceRequest } from '../plugin/request';

/** The request's prompts as tokens; undefined when nobody made them. */
export function promptTokens(request: InferenceRequest): TokenizedPrompt | undefined {
  return request.get('TokenizedPrompt', dataKeys.TokenizedPrompt.defaultProducer);
}

/** Tokens of all prompts of a request; 0 when nobody made them. */
export function tokenCount(request: InferenceRequest): number {
  let count = 0;
  for (const { ids } of promptTokens(request)?.prompts ?? []) count += ids.length;
  return count;
}
