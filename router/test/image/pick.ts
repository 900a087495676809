import * as grpc from '@grpc/grpc-js';
import { type Answer, decodeAnswer, encodeRequest } from '../support/ext-proc-oracle';

const METHOD = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
const DESTINATION = 'x-gateway-destination-endpoint';
const same = (bytes: Buffer): Buffer => bytes;

/** What Envoy says first of a completion. */
function headersOf(path: string): object {
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/json' };
  return { headers: Object.entries(headers).map(([key, value]) => ({ key, raw_value: Buffer.from(value) })) };
}

/**
 * Asks a router, as Envoy does, where a completion goes.
 * @throws Error when it answers the request itself or ends the stream
 */
export async function pick(port: number, prompt: string): Promise<string> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = client.makeBidiStreamRequest(METHOD, same, same, new grpc.Metadata(), { deadline: Date.now() + 10_000 });
  try {
    return await new Promise<string>((resolve, reject) => {
      call.on('error', reject);
      call.on('end', () => reject(new Error('the stream ended without a destination')));
      call.on('data', (bytes: Buffer) => {
        const answer = decodeAnswer(bytes);
        if (answer.kind === 'immediate_response') reject(new Error(`${answer.status}: ${answer.text}`));
        const destination = destinationOf(answer);
        if (destination !== undefined) resolve(destination);
      });
      const body = Buffer.from(JSON.stringify({ model: 'model', prompt }));
      call.write(encodeRequest({ request_headers: { headers: headersOf('/v1/completions'), end_of_stream: false } }));
      call.write(encodeRequest({ request_body: { body, end_of_stream: true } }));
    });
  } finally {
    // A call that is cancelled reports that as an error, which nobody needs any more.
    call.on('error', () => undefined);
    call.cancel();
    client.close();
  }
}

function destinationOf(answer: Answer): string | undefined {
  return answer.mutation?.set.find(([name]) => name === DESTINATION)?.[1];
}
