import type { Parser, RawRequest, ResponseReader } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { haveTypes } from './field-types';
import { generateFields } from './field-types-catalog';
import { badRequest, isJsonObject, jsonBody, outputCap, tokenIdList } from './json-body';
import { mediaFeatures } from './media-features';
import { openAiReader } from './openai-usage';
import { HTTP_AND_H2C } from './protocols';
import { jsonParsedBody } from './raw-body';

const GENERATE = 'inference/v1/generate';

/** Understands vLLM's token-in token-out API. Source: llm-d-router v0.10.0, `parsers/vllmhttp`. */
export class VllmHttpParser implements Parser {
  readonly claims = [GENERATE];
  readonly protocols = HTTP_AND_H2C;
  readonly rewritesModel = true;

  parse(raw: RawRequest): ParsedBody {
    if (!raw.path.endsWith(GENERATE)) throw badRequest(`unsupported path: ${raw.path}`);
    const payload = jsonBody(raw.body, '');
    if (!haveTypes(payload, generateFields)) {
      throw badRequest('invalid generate request: features or cache_salt have another type than the API asks for');
    }
    const list = payload.token_ids;
    if (!Array.isArray(list) || list.length === 0) throw badRequest('invalid generate request: must have non-empty token_ids field');
    const tokenIds = tokenIdList(list);
    if (typeof tokenIds === 'number') {
      throw badRequest(`invalid generate request: token_ids[${tokenIds}]: invalid value ${JSON.stringify(list[tokenIds])}`);
    }
    const sampling = payload.sampling_params;
    const maxOutputTokens = isJsonObject(sampling) ? outputCap(sampling, 'max_tokens') : undefined;
    const media = mediaFeatures(payload.features);
    return {
      ...jsonParsedBody('generate', raw.body, payload, maxOutputTokens),
      tokenIds: [tokenIds],
      ...(media.length === 0 ? {} : { media }),
    };
  }

  readResponse(_body: ParsedBody, streaming: boolean): ResponseReader {
    return openAiReader(streaming);
  }
}
