import type { InferenceRequest } from '../../plugin/request';

/** Tokens of all prompts of a request; 0 when nothing has tokenised it. */
export function inputTokens(request: InferenceRequest): number {
  const tokenized = request.get('TokenizedPrompt', 'token-producer');
  if (tokenized === undefined) return 0;
  let count = 0;
  for (const prompt of tokenized.prompts) count += prompt.ids.length;
  return count;
}
