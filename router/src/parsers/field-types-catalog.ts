import { anyList, anyObject, type FieldType, type FieldTypes, flag, list, mapOf, record, text, textOrBlocks, whole } from './field-types';

/**
 * Types of the fields that the router reads. A body in which one of them has another type is no request of its API.
 * Source: llm-d-router v0.10.0, `interface/requesthandling`.
 */
const cacheSalt = { cache_salt: text };

const url = record({ url: text });
const chatBlock = record({
  type: text,
  text,
  image_url: url,
  input_audio: record({ data: text, format: text }),
  video_url: url,
});
const chatMessage = record({ role: text, content: textOrBlocks(chatBlock), tool_calls: anyList });

/** Chat completions. */
export const chatFields: FieldTypes = {
  ...cacheSalt,
  messages: list(chatMessage),
  tools: anyList,
  documents: anyList,
  chat_template: text,
  return_assistant_tokens_mask: flag,
  continue_final_message: flag,
  add_generation_prompt: flag,
  chat_template_kwargs: anyObject,
};

/** Completions, embeddings and responses, whose prompts are looked at on their own. */
export const promptFields: FieldTypes = cacheSalt;

/** Conversations. */
export const conversationFields: FieldTypes = { ...cacheSalt, items: list(record({ type: text, role: text })), metadata: anyObject };

/** Generation of images. */
export const imageFields: FieldTypes = { prompt: text, n: whole, size: text, num_inference_steps: whole };

const source = record({ type: text, media_type: text, data: text, url: text });
const content = textOrBlocks((value) => anthropicBlock(value));
const anthropicBlock: FieldType = record({ type: text, text, source, id: text, name: text, tool_use_id: text, content, thinking: text });

/** Content of Anthropic messages and system prompts: text or blocks, and blocks hold content again. */
export const anthropicContent: FieldType = content;

/** Anthropic messages, apart from contents. */
export const anthropicFields: FieldTypes = {
  ...cacheSalt,
  messages: list(record({ role: text })),
  tools: list(record({ name: text, description: text, strict: flag, defer_loading: flag })),
};

/** vLLM's token-in token-out API, apart from the token ids. */
export const generateFields: FieldTypes = {
  ...cacheSalt,
  features: record({ mm_hashes: mapOf(list(text)), mm_placeholders: mapOf(list(record({ offset: whole, length: whole }))) }),
};
