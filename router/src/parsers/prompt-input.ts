import { tokenIdList } from './json-body';

/** A prompt as completions and embeddings take it. */
export interface PromptInput {
  /**
   * Token ids, when the prompt is given as such.
   * @default - the prompt is text
   */
  readonly tokenIds?: Uint32Array;
}

const TEXT: PromptInput = {};

/**
 * Reads a prompt: text, a list of texts or a list of token ids. Undefined when it is empty or anything else.
 * Source: llm-d-router v0.10.0, `interface/requesthandling`.
 */
export function promptInput(value: unknown): PromptInput | undefined {
  if (typeof value === 'string') return value === '' ? undefined : TEXT;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (typeof value[0] === 'string') return value.every((item) => typeof item === 'string') ? TEXT : undefined;
  const tokenIds = tokenIdList(value);
  return typeof tokenIds === 'number' ? undefined : { tokenIds };
}
