import type { JsonObject } from 'llm-d-epp-config';
import type { ResponseReader } from '../plugin/plugins';
import { isJsonObject } from './json-body';
import { JsonReader } from './json-reader';
import { SseReader } from './sse-reader';
import { openAiUsage, type UsageReport } from './usage';

/** Field that holds the counts in the answers of most APIs. */
export const USAGE = 'usage';

/** Usage of an event: its own, or that of the answer in the responses API's last event. */
function eventUsage(event: JsonObject): UsageReport | undefined {
  const own = openAiUsage(event[USAGE]);
  if (own !== undefined) return own;
  return event.type === 'response.completed' && isJsonObject(event.response) ? openAiUsage(event.response[USAGE]) : undefined;
}

/** Reads usage from answers of the OpenAI APIs. Source: llm-d-router v0.10.0, `parsers/openai`. */
export const openAiReader = (streaming: boolean): ResponseReader =>
  streaming ? new SseReader(USAGE, eventUsage) : new JsonReader(USAGE, (answer) => openAiUsage(answer[USAGE]));
