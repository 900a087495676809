import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import type { PollRequest, PollTls } from '../types';
import { longestPage, mostRedirects, type PageClient, type PageSink, redirectPath } from './page-client';
import { escapedPath, originOf } from './request-bytes';

/** An agent that keeps connections open, with a source's certificates. */
export function httpsAgent(tls: PollTls): Agent {
  const { insecureSkipVerify, ca, cert, key } = tls;
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

/** Fetches a page over https with Node's own client. */
export class HttpsClient implements PageClient {
  private path: string;
  private redirects = 0;
  /** Counts fetches, so that events of one that was given up are ignored. */
  private fetch = 0;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly target: PollRequest,
    private readonly agent: Agent,
    private readonly sink: PageSink,
  ) {
    this.path = escapedPath(target.path);
  }

  get(): void {
    this.redirects = 0;
    this.send();
  }

  abort(reason: string): void {
    if (this.cancel === undefined) return;
    this.close();
    this.sink.failed(reason);
  }

  close(): void {
    const { cancel } = this;
    this.fetch++;
    this.cancel = undefined;
    cancel?.();
  }

  private send(): void {
    const fetch = ++this.fetch;
    const { host, port } = this.target;
    const headers = { 'user-agent': 'llm-d-epp', accept: '*/*' };
    const request = get({ host, port, path: this.path, agent: this.agent, headers }, (response) => this.answered(fetch, response));
    this.cancel = () => request.destroy();
    request.on('error', (error: NodeJS.ErrnoException) => this.end(fetch, error.code ?? error.message));
  }

  private answered(fetch: number, response: IncomingMessage): void {
    const pieces: Buffer[] = [];
    let length = 0;
    response.on('data', (piece: Buffer) => {
      length += piece.length;
      pieces.push(piece);
      if (length <= longestPage) return;
      response.destroy();
      this.end(fetch, `the answer is longer than ${longestPage} bytes`);
    });
    response.on('error', (error) => this.end(fetch, error.message));
    response.on('end', () => this.received(fetch, response, Buffer.concat(pieces, length)));
  }

  private received(fetch: number, response: IncomingMessage, bytes: Buffer): void {
    if (fetch !== this.fetch) return;
    if (response.statusCode === 200) {
      this.cancel = undefined;
      this.sink.page({ bytes, start: 0, end: bytes.length, framed: true });
      return;
    }
    const path = redirectPath(response.headers.location, originOf(this.target));
    if (path === undefined || ++this.redirects > mostRedirects) this.end(fetch, `status ${response.statusCode}`);
    else {
      this.path = path;
      this.send();
    }
  }

  private end(fetch: number, reason: string): void {
    if (fetch !== this.fetch) return;
    this.fetch++;
    this.cancel = undefined;
    this.sink.failed(reason);
  }
}
