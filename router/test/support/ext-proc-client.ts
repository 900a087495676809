import * as grpc from '@grpc/grpc-js';
import { type Answer, decodeAnswer, encodeRequest } from './ext-proc-oracle';

const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const DEADLINE_MS = 5000;

/** What the router said to a request. */
export interface Decision {
  /**
   * `address:port`.
   * @default - the router answered by itself
   */
  readonly destination?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Body that the model server is to get. */
  readonly body: string;
  /**
   * Status of the router's own answer.
   * @default - it gave none
   */
  readonly status?: number;
}

/** What is asked. */
export interface Question {
  /** @default 'model' */
  readonly model?: string;
  /** @default - none */
  readonly headers?: Readonly<Record<string, string>>;
}

const pass = (bytes: Buffer): Buffer => bytes;

/** Plays the data plane against a router in another process: one stream for each request, over one connection. */
export class ExtProcClient {
  private readonly client: grpc.Client;

  constructor(port: number) {
    this.client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** Sends a completion request and leaves once it is known where it goes. */
  ask({ model = 'model', headers = {} }: Question = {}): Promise<Decision> {
    const deadline = Date.now() + DEADLINE_MS;
    const stream = this.client.makeBidiStreamRequest(PROCESS, pass, pass, new grpc.Metadata(), { deadline });
    const answers: Answer[] = [];
    const all = { ':method': 'POST', ':path': '/v1/completions', 'content-type': 'application/json', ...headers };
    const list = Object.entries(all).map(([key, value]) => ({ key, raw_value: Buffer.from(value) }));
    stream.write(encodeRequest({ request_headers: { headers: { headers: list }, end_of_stream: false } }));
    const body = Buffer.from(JSON.stringify({ model, prompt: 'hello' }));
    stream.write(encodeRequest({ request_body: { body, end_of_stream: true } }));
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (bytes: Buffer) => {
        const answer = decodeAnswer(bytes);
        answers.push(answer);
        if (answer.kind !== 'immediate_response' && !(answer.kind === 'request_body' && answer.endOfStream)) return;
        resolve(decisionOf(answers));
        stream.off('error', reject).on('error', () => undefined);
        stream.cancel();
      });
    });
  }

  close(): void {
    this.client.close();
  }
}

function decisionOf(answers: readonly Answer[]): Decision {
  const headers = Object.fromEntries(answers.find(({ kind }) => kind === 'request_headers')?.mutation?.set ?? []);
  const pieces = answers.filter(({ kind }) => kind === 'request_body').map(({ body }) => body ?? Buffer.alloc(0));
  const status = answers.find(({ kind }) => kind === 'immediate_response')?.status;
  const destination = headers['x-gateway-destination-endpoint'];
  return {
    headers,
    body: Buffer.concat(pieces).toString('utf8'),
    ...(destination !== undefined && { destination }),
    ...(status !== undefined && { status }),
  };
}
