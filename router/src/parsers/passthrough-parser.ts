import type { Parser, RawRequest } from '../plugin/plugins';
import type { ParsedBody } from '../plugin/request';
import { rawBody } from './raw-body';

/** Takes every body as it is: no model, no tokens, and the answer is not looked into. */
export class PassthroughParser implements Parser {
  readonly claims = [];
  readonly rewritesModel = false;

  parse(raw: RawRequest): ParsedBody {
    return rawBody(raw.body, false);
  }

  readResponse(): undefined {
    return undefined;
  }
}
