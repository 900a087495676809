import { Agent, request } from 'node:http';

/** An answer as a client sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Body as it came in, a string a chunk. */
  readonly chunks: readonly string[];
  /** Whether the connection broke before the end of the body. */
  readonly broken: boolean;
}

/** What a client asks. */
export interface Question {
  readonly port: number;
  /** @default 'POST' */
  readonly method?: string;
  /** @default '/v1/completions' */
  readonly path?: string;
  /** @default - only what HTTP needs */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly body?: string;
  /**
   * Called at the first chunk of the answer.
   * @default - nothing
   */
  readonly onFirstChunk?: () => void;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Ends the idle connections of the client. */
export const closeClient = (): void => agent.destroy();

/** Sends one HTTP/1.1 request and collects the answer. */
export function ask({ port, method = 'POST', path = '/v1/completions', headers = {}, body, onFirstChunk }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all =
      body === undefined ? headers : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
    const call = request({ host: '127.0.0.1', port, method, path, agent, headers: all }, (response) => {
      const chunks: string[] = [];
      let broken = false;
      const done = (): void =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: chunks.join(''), chunks, broken });
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        chunks.push(chunk);
        if (chunks.length === 1) onFirstChunk?.();
      });
      response.on('error', () => {
        broken = true;
      });
      response.on('close', done);
    });
    call.on('error', reject);
    call.end(body);
  });
}
