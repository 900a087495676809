import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { type OpenAiApi, openAiBody } from './openai-body';
import { openAiReader } from './openai-usage';
import { HTTP_AND_H2C } from './protocols';

/** APIs by path suffix; the first that fits counts. `/render` paths take the bodies of the paths they extend. */
const apis: readonly (readonly [string, OpenAiApi])[] = [
  ['conversations', 'conversations'],
  ['responses', 'responses'],
  ['chat/completions', 'chat'],
  ['chat/completions/render', 'chat'],
  ['completions', 'completions'],
  ['completions/render', 'completions'],
  ['embeddings', 'embeddings'],
  ['images/generations', 'images'],
];

/** Understands the OpenAI APIs. Source: llm-d-router v0.10.0, `parsers/openai`. */
export class OpenAiParser implements Parser {
  readonly claims = apis.map(([suffix]) => suffix);
  readonly protocols = HTTP_AND_H2C;
  readonly rewritesModel = true;

  parse(raw: RawRequest): ParsedBody {
    const api = apis.find(([suffix]) => raw.path.endsWith(suffix))?.[1] ?? 'completions';
    return openAiBody(api, raw.body, raw.body);
  }

  readResponse(_body: ParsedBody, streaming: boolean): ResponseReader {
    return openAiReader(streaming);
  }
}
