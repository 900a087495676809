import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a fake model server got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A model server on loopback that speaks enough of vLLM: metrics (also under the names of TensorRT-LLM), completions as JSON and as events, model list. */
export class FakeVllm {
  readonly requests: SeenRequest[] = [];
  /** What the metrics page says. */
  waiting = 0;
  running = 0;
  kvUsage = 0;
  /** Status of completions. */
  status = 200;
  /** Further fields of JSON answers. */
  extra: object = {};
  /** Pause between two events of a stream, milliseconds. */
  eventPauseMs = 0;
  events = 3;
  port = 0;
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  /** @param address what it listens on; `0.0.0.0` for all addresses of the machine, of which loopback has millions */
  async start(port = 0, address = '127.0.0.1'): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, address, resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Closes the port at once: later connections are refused. */
  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Requests other than scrapes. */
  get served(): readonly SeenRequest[] {
    return this.requests;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.endsWith('/metrics')) {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(this.metrics());
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      this.requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      void this.complete(request, body, response);
    });
  }

  private async complete(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    response.setHeader('x-served-by', this.host);
    if (request.method === 'GET') {
      json(response, 200, { object: 'list', data: [{ id: 'model', object: 'model' }] });
      return;
    }
    const { model = '', stream = false } = parse(body);
    if (this.status !== 200) {
      json(response, this.status, { object: 'error', message: 'asked to fail' });
      return;
    }
    const usage = { prompt_tokens: 7, completion_tokens: 10, total_tokens: 17 };
    if (!stream) {
      json(response, 200, { id: 'cmpl-1', object: 'text_completion', model, choices: [{ text: 'hello', index: 0 }], usage, ...this.extra });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let i = 0; i < this.events && !response.destroyed; i++) {
      response.write(`data: ${JSON.stringify({ model, choices: [{ text: `t${i}`, index: 0 }] })}\n\n`);
      await new Promise((resolve) => setTimeout(resolve, this.eventPauseMs));
    }
    response.write(`data: ${JSON.stringify({ model, choices: [], usage })}\n\n`);
    response.end('data: [DONE]\n\n');
  }

  private metrics(): string {
    const labels = '{engine="0",model_name="model"}';
    return [
      '# HELP vllm:num_requests_running Number of requests in model execution batches.',
      '# TYPE vllm:num_requests_running gauge',
      `vllm:num_requests_running${labels} ${this.running}.0`,
      '# HELP vllm:num_requests_waiting Number of requests waiting to be processed.',
      '# TYPE vllm:num_requests_waiting gauge',
      `vllm:num_requests_waiting${labels} ${this.waiting}.0`,
      '# HELP vllm:kv_cache_usage_perc KV-cache usage. 1 means 100 percent usage.',
      '# TYPE vllm:kv_cache_usage_perc gauge',
      `vllm:kv_cache_usage_perc${labels} ${this.kvUsage}`,
      '# TYPE vllm:cache_config_info gauge',
      'vllm:cache_config_info{block_size="16",num_gpu_blocks="1024"} 1.0',
      `trtllm_num_requests_running ${this.running}`,
      `trtllm_num_requests_waiting ${this.waiting}`,
      `trtllm_kv_cache_utilization ${this.kvUsage}`,
      '',
    ].join('\n');
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function parse(body: string): { model?: string; stream?: boolean } {
  try {
    return JSON.parse(body) as { model?: string; stream?: boolean };
  } catch {
    return {};
  }
}
