import type { JsonObject } from 'llm-d-epp-config';
import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { haveTypes } from './field-types';
import { anthropicContent, anthropicFields } from './field-types-catalog';
import { badRequest, isJsonObject, jsonBody, outputCap } from './json-body';
import { JsonReader } from './json-reader';
import { USAGE } from './openai-usage';
import { HTTP_AND_H2C } from './protocols';
import { jsonParsedBody, rawBody } from './raw-body';
import { SseReader } from './sse-reader';
import { tokenCount, type UsageReport } from './usage';

const MESSAGES = 'messages';
const COUNT_TOKENS = 'messages/count_tokens';
const CACHED = 'cache_read_input_tokens';

const cachedIn = (usage: JsonObject): { cached?: number } =>
  typeof usage[CACHED] === 'number' ? { cached: tokenCount(usage[CACHED]) } : {};

function answerUsage({ usage }: JsonObject): UsageReport | undefined {
  if (!isJsonObject(usage)) return undefined;
  return { prompt: tokenCount(usage.input_tokens), completion: tokenCount(usage.output_tokens), total: 0, ...cachedIn(usage) };
}

/** The first event has the counts of the prompt, a later one those of the answer. */
function eventUsage(event: JsonObject): UsageReport | undefined {
  if (event.type === 'message_start' && isJsonObject(event.message) && isJsonObject(event.message.usage)) {
    const { usage } = event.message;
    return { prompt: tokenCount(usage.input_tokens), completion: 0, total: 0, ...cachedIn(usage) };
  }
  if (event.type === 'message_delta' && isJsonObject(event.usage)) {
    return { prompt: 0, completion: tokenCount(event.usage.output_tokens), total: 0 };
  }
  return undefined;
}

/** The messages, when their types have been looked at. */
const messagesOf = ({ messages }: JsonObject): readonly (JsonObject | null)[] => (messages ?? []) as (JsonObject | null)[];

/** Whether the system prompt and all messages have contents of the right type, or none. */
const haveContents = (payload: JsonObject): boolean =>
  anthropicContent(payload.system ?? null) && messagesOf(payload).every((message) => anthropicContent(message?.content ?? null));

/** Understands the Anthropic messages API. Source: llm-d-router v0.10.0, `parsers/anthropic`. */
export class AnthropicParser implements Parser {
  readonly claims = [MESSAGES, COUNT_TOKENS];
  readonly protocols = HTTP_AND_H2C;
  readonly rewritesModel = true;

  parse(raw: RawRequest): ParsedBody {
    if (raw.path.endsWith(`/${COUNT_TOKENS}`)) return rawBody(raw.body, true);
    if (!raw.path.endsWith(`/${MESSAGES}`)) throw badRequest(`unsupported API endpoint: ${raw.path}`);
    const payload = jsonBody(raw.body, 'error unmarshaling request body: ');
    if (!haveTypes(payload, anthropicFields)) {
      throw badRequest('error parsing messages request: messages, tools or cache_salt have another type than the API asks for');
    }
    if (!haveContents(payload)) {
      throw badRequest('error parsing messages request: anthropic content: must be a string or an array of content blocks');
    }
    if (messagesOf(payload).length === 0) throw badRequest('invalid messages request: must have at least one message');
    return jsonParsedBody('messages', raw.body, payload, outputCap(payload, 'max_tokens'));
  }

  readResponse(_body: ParsedBody, streaming: boolean): ResponseReader {
    return streaming ? new SseReader(USAGE, eventUsage) : new JsonReader(USAGE, answerUsage);
  }
}
