import type { JsonObject } from 'llm-d-epp-config';
import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { badRequest, isJsonObject, jsonBody, outputCap, tokenIdList } from './json-body';
import { JsonReader } from './json-reader';
import { HTTP_AND_H2C } from './protocols';
import { SseReader } from './sse-reader';
import { tokenCount, type UsageReport } from './usage';

const GENERATE = 'generate';
const META = 'meta_info';

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

function answerUsage({ meta_info: meta }: JsonObject): UsageReport | undefined {
  if (!isJsonObject(meta) || !(isGiven(meta.prompt_tokens) || isGiven(meta.completion_tokens))) return undefined;
  const report = { prompt: tokenCount(meta.prompt_tokens), completion: tokenCount(meta.completion_tokens), total: 0 };
  return isGiven(meta.cached_tokens) ? { ...report, cached: tokenCount(meta.cached_tokens) } : report;
}

/** Every event has counts; those of the last one, which names the reason of the end, are final. */
function eventUsage(event: JsonObject): UsageReport | undefined {
  return isJsonObject(event[META]) && isGiven(event[META].finish_reason) ? answerUsage(event) : undefined;
}

function inputIds(value: unknown): Uint32Array {
  const ids = Array.isArray(value) ? tokenIdList(value) : 0;
  if (typeof ids === 'number') throw badRequest('invalid generate request: input_ids must be an array of uint32 integers');
  if (ids.length === 0) throw badRequest('invalid generate request: input_ids cannot be empty');
  return ids;
}

function extraKey(value: unknown): string {
  if (!isGiven(value)) return '';
  if (typeof value !== 'string') throw badRequest('unsupported generate request: extra_key must be a string');
  return value;
}

/** Understands SGLang's own generate API with token ids. Source: llm-d-router main after v0.10.0, `parsers/sglanghttp`. */
export class SglangHttpParser implements Parser {
  readonly claims = [GENERATE];
  readonly protocols = HTTP_AND_H2C;
  readonly rewritesModel = false;

  parse(raw: RawRequest): ParsedBody {
    if (raw.path !== GENERATE && raw.path !== `/${GENERATE}`) throw badRequest(`unsupported path: ${raw.path}`);
    const wire = jsonBody(raw.body, 'invalid generate request: ');
    if (!isGiven(wire.input_ids)) throw badRequest('invalid generate request: input_ids must be provided');
    const cacheSalt = extraKey(wire.extra_key);
    const tokenIds = inputIds(wire.input_ids);
    const sampling = wire.sampling_params;
    const maxOutputTokens = isJsonObject(sampling) ? outputCap(sampling, 'max_new_tokens') : undefined;
    return {
      api: 'generate',
      bytes: raw.body,
      model: '',
      stream: wire.stream === true,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      cacheSalt,
      tokenIds: [tokenIds],
      skipResponse: false,
    };
  }

  readResponse(_body: ParsedBody, streaming: boolean): ResponseReader {
    return streaming ? new SseReader(META, eventUsage) : new JsonReader(META, answerUsage);
  }
}
