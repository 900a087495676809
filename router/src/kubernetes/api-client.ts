import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { Deadline } from './deadline';

/** The API server refused a request. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether the API server said that something is not there. */
export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** How requests log in: adds headers, certificates and an agent to the options of a request. */
export type Login = (options: RequestOptions) => Promise<void>;

/**
 * A list as the API server gives it.
 *
 * @default - of every field: absent
 */
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** What a client waits for. */
export interface ClientTiming {
  /** Time for a whole answer; of a watch, for its first byte. */
  readonly answerMs: number;
}

const TIMING: ClientTiming = { answerMs: 10_000 };

/** Time after which the kernel begins to ask a silent peer whether it is still there. */
const KEEP_ALIVE_MS = 10_000;

/** JSON over HTTPS to an API server. Requests are plain, because a watch must be cut, timed and resumed in ways that client libraries do not offer. */
export class ApiClient {
  constructor(
    private readonly server: URL,
    private readonly login: Login,
    private readonly timing = TIMING,
  ) {}

  /** @throws ApiError when the status is not 2xx; Error when no answer comes in time, or when the signal cut it */
  async send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const deadline = new Deadline(this.timing.answerMs, signal);
    try {
      const response = await this.open(method, path, body, deadline.signal);
      const text = await readText(response);
      if (!isOk(response)) throw refusal(method, path, response, text);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch (error) {
      throw this.named(error, deadline, method, path);
    } finally {
      deadline.release();
    }
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.send<T>('GET', path, undefined, signal);
  }

  /**
   * Opens a watch and calls `line` for each line of it. Resolves when the server ends it.
   * @throws ApiError when it can not be opened; Error when the connection breaks or is silent for `silenceMs`
   */
  async stream(path: string, line: (text: string) => void, silenceMs: number, signal: AbortSignal): Promise<void> {
    const deadline = new Deadline(this.timing.answerMs, signal);
    try {
      const response = await this.open('GET', path, undefined, deadline.signal);
      if (!isOk(response)) throw refusal('GET', path, response, await readText(response));
      deadline.stopClock();
      response.socket.setKeepAlive(true, KEEP_ALIVE_MS);
      response.setTimeout(silenceMs, () => response.destroy(new Error(`the watch was silent for ${silenceMs} ms`)));
      await eachLine(response, line);
    } catch (error) {
      throw this.named(error, deadline, 'GET', path);
    } finally {
      deadline.release();
    }
  }

  private async open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const options: RequestOptions = { method, headers: { accept: 'application/json' }, signal };
    await this.login(options);
    // The base may have a path of its own (proxies of managed clusters).
    const url = new URL(this.server.href.replace(/\/$/, '') + path);
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    if (payload !== undefined) {
      options.headers = { ...options.headers, 'content-type': 'application/json', 'content-length': payload.length };
    }
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
      send(url, options, resolve).on('error', reject).end(payload);
    });
  }

  private named(error: unknown, deadline: Deadline, method: string, path: string): unknown {
    return deadline.expired ? new Error(`${method} ${path}: no answer in ${this.timing.answerMs} ms`) : error;
  }
}

const isOk = (response: IncomingMessage): boolean =>
  response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;

const refusal = (method: string, path: string, { statusCode = 0 }: IncomingMessage, text: string): ApiError =>
  new ApiError(statusCode, `${method} ${path.split('?')[0]}: ${statusCode} ${messageOf(text)}`);

async function eachLine(response: IncomingMessage, line: (text: string) => void): Promise<void> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const text of lines) if (text !== '') line(text);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The message of a Status object, or the text itself. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string } | null)?.message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
