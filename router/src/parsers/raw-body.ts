import type { JsonObject } from 'llm-d-epp-config';
import type { Api, ParsedBody } from '../plugin/request';
import { textOf } from './json-body';

/** A body that is forwarded unread. */
export const rawBody = (bytes: Buffer, skipResponse: boolean): ParsedBody => ({
  api: 'raw',
  bytes,
  model: '',
  stream: false,
  cacheSalt: '',
  skipResponse,
});

/** What JSON bodies of all APIs have in common. `bytes` is what goes on to the model server. */
export const jsonParsedBody = (api: Api, bytes: Buffer, payload: JsonObject, maxOutputTokens: number | undefined): ParsedBody => ({
  api,
  bytes,
  payload,
  model: textOf(payload.model),
  stream: payload.stream === true,
  ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  cacheSalt: textOf(payload.cache_salt),
  skipResponse: false,
});
