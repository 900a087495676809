import { isJsonObject, tokenIdList } from './json-body';

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

/** Whether `messages` is a non-empty list of messages whose content is text, a list of blocks, or absent. */
export function areMessages(messages: unknown): boolean {
  if (!Array.isArray(messages) || messages.length === 0) return false;
  for (const message of messages) {
    if (message === null) continue;
    if (!isJsonObject(message)) return false;
    const { content } = message;
    if (typeof content !== 'string' && content !== undefined && content !== null && !Array.isArray(content)) return false;
  }
  return true;
}
