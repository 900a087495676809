import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** Idle connections that are kept. Source: llm-d-router v0.10.0, `dataproducer/tokenizer/vllm_http.go`. */
const IDLE_CONNECTIONS = 16;
/** Longest answer that is read, in bytes. */
const MAX_ANSWER = 64 << 20;

/** An HTTP answer. */
export interface JsonAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts JSON over connections that stay open. */
export class JsonClient {
  private readonly base: string;
  private readonly agent: HttpAgent;
  private readonly send: typeof httpRequest;

  /** @throws Error when `url` is no http or https URL */
  constructor(url: string) {
    this.base = url.replace(/\/+$/, '');
    const protocol = URL.canParse(this.base) ? new URL(this.base).protocol : '';
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`"${url}" is no URL, write one such as http://localhost:8000`);
    const options = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS };
    this.agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.send = protocol === 'https:' ? httpsRequest : httpRequest;
  }

  /** @throws Error when no whole answer has come after `timeoutMs` milliseconds, or the connection fails */
  async post(path: string, body: unknown, timeoutMs: number): Promise<JsonAnswer> {
    const payload = Buffer.from(JSON.stringify(body));
    const until = Date.now() + timeoutMs;
    try {
      return await this.once(path, payload, timeoutMs);
    } catch (error) {
      // The server may close an idle connection in the moment in which it is used again.
      if (!(error instanceof StaleConnection)) throw error;
      return await this.once(path, payload, Math.max(1, until - Date.now()));
    }
  }

  /** Closes the connections. */
  close(): void {
    this.agent.destroy();
  }

  private once(path: string, payload: Buffer, timeoutMs: number): Promise<JsonAnswer> {
    const options: RequestOptions = {
      method: 'POST',
      agent: this.agent,
      headers: { 'content-type': 'application/json', 'content-length': payload.length },
    };
    return new Promise((resolve, reject) => {
      const request = this.send(`${this.base}${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER) request.destroy(new Error(`the answer of ${path} is longer than ${MAX_ANSWER} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
        response.on('error', fail);
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer of ${path} within ${timeoutMs} ms`)), timeoutMs);
      const fail = (error: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection(error.message) : error);
      };
      request.on('error', fail);
      request.end(payload);
    });
  }
}

/** The connection had been closed by the server before the request reached it. */
class StaleConnection extends Error {}
