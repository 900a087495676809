import type { PluginContext } from '../../plugin/context';
import { textParameter } from '../../plugin/data';
import type { DataProducer } from '../../plugin/plugins';
import type { InferenceRequest } from '../../plugin/request';

/** Value of a cookie in a `cookie` header; undefined when it is not there. */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** `session-id-producer`: takes the session id from a header or a cookie. Without one, the request has no session. */
export class SessionIdProducer implements DataProducer {
  private readonly name: string;
  private readonly header: string;
  private readonly cookie: string;

  constructor({ name, parameters }: PluginContext) {
    this.name = name;
    this.header = textParameter(parameters, 'headerName', '').trim().toLowerCase();
    this.cookie = textParameter(parameters, 'cookieName', '').trim();
    if ((this.header === '') === (this.cookie === '')) throw new Error('exactly one of headerName and cookieName must be set');
  }

  produce(request: InferenceRequest): void {
    const id = this.header === '' ? this.fromCookie(request) : request.headers.get(this.header);
    const trimmed = id?.trim();
    if (trimmed !== undefined && trimmed !== '') request.put('SessionID', this.name, trimmed);
  }

  private fromCookie(request: InferenceRequest): string | undefined {
    const header = request.headers.get('cookie');
    return header === undefined ? undefined : cookieValue(header, this.cookie);
  }
}
