import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject, textOf } from '../parsers/json-body';
import { contentBlocks, imageUrl, systemText, toolResult } from './anthropic-content';
import { pythonJson } from './python-json';

/** Stands for the id of a tool call that has none; vLLM makes one of the time, of the same length. */
const NO_CALL_ID = 'call_0000000000';

const imagePart = (url: string): JsonObject => ({ type: 'image_url', image_url: { url } });

function toolCall({ id, name, input }: JsonObject): JsonObject {
  const args = isJsonObject(input) || Array.isArray(input) ? pythonJson(input) : '{}';
  const given = textOf(id);
  return { id: given === '' ? NO_CALL_ID : given, type: 'function', function: { name: textOf(name), arguments: args } };
}

function toolMessages(block: JsonObject): JsonObject[] {
  const { text, imageUrls } = toolResult(block);
  const message = { role: 'tool', content: text, ...(textOf(block.tool_use_id) === '' ? {} : { tool_call_id: block.tool_use_id }) };
  return imageUrls.length === 0 ? [message] : [message, { role: 'user', content: imageUrls.map(imagePart) }];
}

/** What the blocks of one message amount to. */
interface Collected {
  readonly parts: JsonObject[];
  readonly calls: JsonObject[];
  /** Messages that stand before the message itself: results of tools. */
  readonly before: JsonObject[];
  reasoning: string;
}

function collect(block: JsonObject, role: string, into: Collected): void {
  switch (block.type) {
    case 'text':
      if (textOf(block.text) !== '') into.parts.push({ type: 'text', text: block.text });
      return;
    case 'image': {
      const url = imageUrl(block.source);
      if (url !== '') into.parts.push(imagePart(url));
      return;
    }
    case 'thinking':
      into.reasoning += textOf(block.thinking);
      return;
    case 'tool_use':
      into.calls.push(toolCall(block));
      return;
    case 'tool_result':
      if (role === 'user') into.before.push(...toolMessages(block));
      else into.parts.push({ type: 'text', text: `Tool result: ${toolResult(block).text}` });
  }
}

/** A single text stands as such, more than that as a list, nothing not at all. */
function contentOf(parts: readonly JsonObject[]): { content?: unknown } {
  if (parts.length === 0) return {};
  return { content: parts.length === 1 && parts[0]?.type === 'text' ? parts[0].text : parts };
}

function chatMessages(message: JsonObject): JsonObject[] {
  const role = textOf(message.role);
  if (role === 'system') {
    const text = systemText(message.content);
    return text === '' ? [] : [{ role, content: text }];
  }
  if (typeof message.content === 'string' && message.content !== '') return [{ role, content: message.content }];
  const { parts, calls, before, reasoning } = contentBlocks(message.content).reduce<Collected>(
    (into, block) => {
      collect(block, role, into);
      return into;
    },
    { parts: [], calls: [], before: [], reasoning: '' },
  );
  if (role === 'user' && parts.length === 0) return before;
  const own = { role, ...contentOf(parts), ...(calls.length > 0 ? { tool_calls: calls } : {}), ...(reasoning === '' ? {} : { reasoning }) };
  return [...before, own];
}

function functionTool(tool: JsonObject): JsonObject {
  const description = textOf(tool.description);
  return {
    type: 'function',
    function: {
      name: textOf(tool.name),
      ...(description === '' ? {} : { description }),
      parameters: tool.input_schema ?? { type: 'object' },
      ...(typeof tool.strict === 'boolean' ? { strict: tool.strict } : {}),
      ...(typeof tool.defer_loading === 'boolean' ? { defer_loading: tool.defer_loading } : {}),
    },
  };
}

/**
 * Turns an Anthropic messages request into the chat request that vLLM makes of it, so that both come to the same tokens.
 * Source: llm-d-router v0.10.0, `dataproducer/tokenizer`.
 */
export function anthropicChat({ system, messages, tools }: JsonObject): JsonObject {
  const text = systemText(system);
  const converted = contentBlocks(messages).flatMap(chatMessages);
  return {
    messages: text === '' ? converted : [{ role: 'system', content: text }, ...converted],
    ...(Array.isArray(tools) && tools.length > 0 ? { tools: contentBlocks(tools).map(functionTool) } : {}),
  };
}
