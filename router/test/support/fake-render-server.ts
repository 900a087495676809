import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the server got. */
export interface Received {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** What to answer: a status and a text or JSON; undefined to stay silent, 'reset' to drop the connection. */
export type Answer = readonly [status: number, body: unknown] | 'reset' | undefined;

/** A vLLM server of the test's making, on a port of its own. */
export class FakeVllm {
  readonly received: Received[] = [];
  connections = 0;
  private readonly server: Server;

  constructor(public answer: (request: Received) => Answer) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const got = { path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString()) };
        this.received.push(got);
        const answer = this.answer(got);
        if (answer === 'reset') request.socket.destroy();
        else if (answer !== undefined) {
          response.writeHead(answer[0], { 'content-type': 'application/json' });
          response.end(typeof answer[1] === 'string' ? answer[1] : JSON.stringify(answer[1]));
        }
      });
    });
    this.server.on('connection', () => this.connections++);
  }

  /** Begins to listen. */
  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get paths(): string[] {
    return this.received.map(({ path }) => path);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
