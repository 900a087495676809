import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { PageClient, PageSink } from '../../src/datalayer/http/page-client';
import type { Page } from '../../src/datalayer/types';

const pages = require('../../bench/vllm-page.cjs') as {
  vllmPage(numbers?: { waiting: number; running: number; kvUsage: number }): string;
};

/** A page of vLLM with 19 histograms. */
export const { vllmPage } = pages;

/** A text as a page, with foreign bytes around it, which nobody may read. */
export function page(text: string): Page {
  const before = Buffer.from('vllm:num_requests_waiting 99\n');
  const body = Buffer.from(text);
  const after = Buffer.from('\nvllm:num_requests_waiting 98\nvllm:num_requests_running 97\n');
  return { bytes: Buffer.concat([before, body, after]), start: before.length, end: before.length + body.length, framed: true };
}

/** A response with a stated length. */
export const response = (body: string, status = '200 OK', headers = ''): string =>
  `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** What a test server does with a request; `count` counts requests of the server from 0. */
export type Answer = (socket: Socket, count: number, request: string) => void;

/** A TCP server whose answers are in the test's hands, byte by byte. */
export class ScriptedServer {
  /** Connections that were ever made. */
  connections = 0;
  readonly requests: string[] = [];
  lastSocket: Socket | undefined;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  static async start(answer: Answer, host = '127.0.0.1', port = 0): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true });
    const scripted = new ScriptedServer(server, host);
    server.on('connection', (socket) => {
      scripted.connections++;
      scripted.lastSocket = socket;
      scripted.open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => scripted.open.delete(socket));
      socket.on('data', (bytes) => {
        const request = bytes.toString('latin1');
        scripted.requests.push(request);
        answer(socket, scripted.requests.length - 1, request);
      });
    });
    server.listen(port, host);
    await once(server, 'listening');
    return scripted;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** How one fetch ended: the body, or `failed: <reason>`. */
export class FetchResults implements PageSink {
  private waiting: ((result: string) => void) | undefined;
  /** Endings that nobody waited for. */
  readonly stray: string[] = [];

  page({ bytes, start, end }: Page): void {
    this.settle(bytes.toString('utf8', start, end));
  }

  failed(reason: string): void {
    this.settle(`failed: ${reason}`);
  }

  /** Fetches once. */
  get(client: PageClient): Promise<string> {
    const result = new Promise<string>((resolve) => {
      this.waiting = resolve;
    });
    client.get();
    return result;
  }

  private settle(result: string): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.stray.push(result);
    else waiting(result);
  }
}

/** Waits until something is true, a few milliseconds at a time. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain: ${what}`);
}
