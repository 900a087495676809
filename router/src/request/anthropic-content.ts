import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject, textOf } from '../parsers/json-body';

/** Text of Claude Code that differs from request to request; vLLM leaves it out of the prompt. */
const BILLING_HEADER = 'x-anthropic-billing-header';
const DEFAULT_IMAGE_TYPE = 'image/jpeg';

/** The blocks of a content list; none when the content is text. */
export const contentBlocks = (content: unknown): readonly JsonObject[] => (Array.isArray(content) ? content.filter(isJsonObject) : []);

/** Text of a system prompt: as it is, or the text blocks without anything between them. */
export function systemText(system: unknown): string {
  if (typeof system === 'string') return system;
  return contentBlocks(system)
    .filter(({ type, text }) => type === 'text' && !textOf(text).startsWith(BILLING_HEADER))
    .map(({ text }) => textOf(text))
    .join('');
}

/** URL of an image source: its own, or a data URL of its base64 data; '' when it has neither. */
export function imageUrl(source: unknown): string {
  if (!isJsonObject(source)) return '';
  const url = textOf(source.url);
  if (source.type === 'url' || url !== '') return url;
  const data = textOf(source.data);
  const type = textOf(source.media_type);
  return data === '' ? '' : `data:${type === '' ? DEFAULT_IMAGE_TYPE : type};base64,${data}`;
}

/** What a tool answered: its texts, a line each, and the URLs of its images. */
export interface ToolResult {
  readonly text: string;
  readonly imageUrls: readonly string[];
}

/** Reads the content of a `tool_result` block. */
export function toolResult({ content }: JsonObject): ToolResult {
  if (typeof content === 'string') return { text: content, imageUrls: [] };
  const blocks = contentBlocks(content);
  const text = blocks.filter(({ type }) => type === 'text').map((block) => textOf(block.text));
  const images = blocks.filter(({ type }) => type === 'image').map(({ source }) => imageUrl(source));
  return { text: text.join('\n'), imageUrls: images.filter((url) => url !== '') };
}
