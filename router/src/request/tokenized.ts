import type { PromptTokens, TokenizedPrompt } from '../plugin/data';
import type { InferenceRequest, ParsedBody } from '../plugin/request';

/** Name under which consumers look for tokens. */
const DEFAULT_PRODUCER = 'token-producer';

const noFeatures: PromptTokens['features'] = [];

/** The tokens that a body itself brings along. */
export function ownTokens({ tokenIds, media }: ParsedBody): TokenizedPrompt | undefined {
  if (tokenIds === undefined) return undefined;
  return { prompts: tokenIds.map((ids, i) => ({ ids, features: (i === 0 ? media : undefined) ?? noFeatures })), estimated: false };
}

const isEmpty = ({ prompts }: TokenizedPrompt): boolean => prompts.every(({ ids }) => ids.length === 0);

/** Whether an exact producer, or any if `estimated`, has been here before. */
export function hasTokens(request: InferenceRequest, estimated: boolean): boolean {
  const known = request.get('TokenizedPrompt', DEFAULT_PRODUCER);
  return known !== undefined && (estimated || !known.estimated);
}

/**
 * Hands tokens on, under the producer's name and under the name of the type: upstream keeps them in one place, whoever made them. No
 * tokens at all are not handed on.
 */
export function putTokens(request: InferenceRequest, producer: string, tokens: TokenizedPrompt): void {
  if (isEmpty(tokens)) return;
  request.put('TokenizedPrompt', DEFAULT_PRODUCER, tokens);
  if (producer !== DEFAULT_PRODUCER) request.put('TokenizedPrompt', producer, tokens);
}
