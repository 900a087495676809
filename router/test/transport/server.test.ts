import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import fc from 'fast-check';
import type { GrpcServer } from '../../src/transport/options';
import { createGrpcServer } from '../../src/transport/server';
import { type GrpcMethods, grpcStatus } from '../../src/transport/types';
import { RecordingLog } from '../support/context';
import { grpcMessage, tcp } from '../support/transport';

const asIs = (bytes: Buffer): Buffer => bytes;
let closedCalls = 0;
let headers: (string | undefined)[] = [];

const methods: GrpcMethods = {
  '/test.Test/Echo': (stream) => ({
    message: (bytes) => void stream.send(bytes),
    ended: () => stream.finish(grpcStatus.OK),
    closed: () => {
      closedCalls++;
    },
  }),
  '/test.Test/Refuse': (stream) => {
    stream.finish(grpcStatus.NOT_FOUND, 'nichts für “dich” 100%');
    return { message() {}, ended() {}, closed() {} };
  },
  '/test.Test/Header': (stream) => {
    headers = [stream.header('x-one'), stream.header('x-two'), stream.header('x-three')];
    stream.finish(grpcStatus.OK);
    return { message() {}, ended() {}, closed() {} };
  },
};

let server: GrpcServer;
let port: number;
let client: grpc.Client;
let session: ClientHttp2Session;

beforeEach(async () => {
  closedCalls = 0;
  server = createGrpcServer({ methods, port: 0, host: '127.0.0.1', log: new RecordingLog() });
  ({ port } = await server.listen());
  client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
});

afterEach(async () => {
  client.close();
  session.destroy();
  await server.close(0);
});

function unary(path: string, message: Buffer, options: grpc.CallOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, message, new grpc.Metadata(), options, (error, answer) => {
      if (error === null) {
        resolve(answer!);
      } else {
        reject(error);
      }
    });
  });
}

function echoAll(messages: readonly Buffer[]): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest('/test.Test/Echo', asIs, asIs, new grpc.Metadata());
    const answers: Buffer[] = [];
    call.on('data', (bytes: Buffer) => answers.push(bytes));
    call.on('error', reject);
    call.on('end', () => resolve(answers));
    for (const message of messages) {
      call.write(message);
    }
    call.end();
  });
}

describe('with @grpc/grpc-js as the client', () => {
  test('unary calls of many sizes', async () => {
    for (const size of [0, 1, 16_370, 16_384, 65_535, 65_536, 1_000_000, 4 * 1024 * 1024]) {
      const message = Buffer.alloc(size, 'payload ');
      expect((await unary('/test.Test/Echo', message)).equals(message)).toBe(true);
    }
    expect(closedCalls).toBe(8);
  });

  test('200 calls at once, each with several messages', async () => {
    const messages = (number: number): Buffer[] => [10, 5000, 40_000].map((size) => Buffer.alloc(size, `call ${number} `));
    const answers = await Promise.all(Array.from({ length: 200 }, (_, number) => echoAll(messages(number))));
    answers.forEach((answer, number) => {
      expect(Buffer.concat(answer).equals(Buffer.concat(messages(number)))).toBe(true);
    });
    expect(closedCalls).toBe(200);
    expect(server.stats).toMatchObject({ calls: 0, callsTotal: 200, protocolErrors: 0 });
  });

  test('statuses and their messages', async () => {
    await expect(unary('/test.Test/Refuse', Buffer.alloc(1))).rejects.toMatchObject({
      code: grpcStatus.NOT_FOUND,
      details: 'nichts für “dich” 100%',
    });
    await expect(unary('/test.Test/Nothing', Buffer.alloc(1))).rejects.toMatchObject({ code: grpcStatus.UNIMPLEMENTED });
    await expect(unary('/constructor', Buffer.alloc(1))).rejects.toMatchObject({ code: grpcStatus.UNIMPLEMENTED });
  });

  test('a message above 4 MiB', async () => {
    const tooLarge = unary('/test.Test/Echo', Buffer.alloc(4 * 1024 * 1024 + 1));
    await expect(tooLarge).rejects.toMatchObject({ code: grpcStatus.RESOURCE_EXHAUSTED });
    expect((await unary('/test.Test/Echo', Buffer.from('next'))).toString()).toBe('next');
  });

  test('calls that the client cancels are closed', async () => {
    const calls = Array.from({ length: 50 }, () => client.makeBidiStreamRequest('/test.Test/Echo', asIs, asIs, new grpc.Metadata()));
    const answered = calls.map((call) => new Promise((resolve) => call.once('data', resolve)));
    for (const call of calls) {
      call.on('error', () => {});
      call.write(Buffer.from('x'));
    }
    await Promise.all(answered);
    for (const call of calls) {
      call.cancel();
    }
    await unary('/test.Test/Echo', Buffer.from('after'));
    expect(closedCalls).toBe(51);
  });

  test('gzip from the client', async () => {
    client.close();
    client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 });
    const message = Buffer.alloc(100_000, 'well compressed ');
    expect((await unary('/test.Test/Echo', message)).equals(message)).toBe(true);
  });

  test('an orderly close lets the open call end, and refuses the next', async () => {
    const call = client.makeBidiStreamRequest('/test.Test/Echo', asIs, asIs, new grpc.Metadata());
    call.write(Buffer.from('first'));
    await new Promise((resolve) => call.once('data', resolve));
    session.destroy();
    const closed = server.close(10_000);
    call.write(Buffer.from('second'));
    expect(String(await new Promise((resolve) => call.once('data', resolve)))).toBe('second');
    const ended = new Promise((resolve) => call.once('status', resolve));
    call.end();
    expect(await ended).toMatchObject({ code: grpcStatus.OK });
    await closed;
    await expect(unary('/test.Test/Echo', Buffer.from('late'))).rejects.toMatchObject({ code: grpcStatus.UNAVAILABLE });
  });

  test('a close without grace cuts the open call', async () => {
    const call = client.makeBidiStreamRequest('/test.Test/Echo', asIs, asIs, new grpc.Metadata());
    const failed = new Promise<grpc.ServiceError>((resolve) => call.on('error', resolve));
    call.write(Buffer.from('first'));
    await new Promise((resolve) => call.once('data', resolve));
    await server.close(0);
    // Which of the two depends on what the client's socket sees first.
    expect([grpcStatus.UNAVAILABLE, grpcStatus.INTERNAL]).toContain((await failed).code);
    expect(closedCalls).toBe(1);
  });
});

describe('with node:http2 as the client', () => {
  function post(
    path: string,
    body: Buffer,
    extra: Record<string, string> = {},
  ): Promise<{ readonly body: Buffer; readonly status: unknown }> {
    return new Promise((resolve, reject) => {
      const request = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...extra });
      const pieces: Buffer[] = [];
      let status: unknown;
      request.on('response', (answer) => {
        status = answer['grpc-status'] ?? status;
      });
      request.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('error', reject);
      request.on('end', () => resolve({ body: Buffer.concat(pieces), status }));
      request.end(body);
    });
  }

  test('headers arrive as they were sent, whatever the coding of the client', async () => {
    // HTTP itself drops white space around values.
    const value = fc
      .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 200 })
      .map((text) => text.trim());
    await fc.assert(
      fc.asyncProperty(value, value, async (one, two) => {
        await post('/test.Test/Header', Buffer.alloc(0), { 'x-one': one, 'x-two': two });
        expect(headers).toEqual([one, two, undefined]);
      }),
      { numRuns: 200 },
    );
  });

  test('a compressed message', async () => {
    const { body, status } = await post('/test.Test/Echo', grpcMessage(gzipSync('hello'), 1), { 'grpc-encoding': 'gzip' });
    expect([body, status]).toEqual([grpcMessage(Buffer.from('hello')), '0']);
  });

  test('a broken one, and an unknown coding', async () => {
    expect((await post('/test.Test/Echo', grpcMessage(Buffer.from('x'), 1), { 'grpc-encoding': 'gzip' })).status).toBe('13');
    expect((await post('/test.Test/Echo', grpcMessage(Buffer.from('x'), 1), { 'grpc-encoding': 'br' })).status).toBe('12');
  });
});

test('another protocol on the port is cut, and harms nobody', async () => {
  const socket = await tcp(port);
  const ended = new Promise((resolve) => socket.on('close', resolve));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.resume();
  await ended;
  expect((await unary('/test.Test/Echo', Buffer.from('fine'))).toString()).toBe('fine');
});

test('a port that is taken rejects', async () => {
  const second = createGrpcServer({ methods, port, host: '127.0.0.1', log: new RecordingLog() });
  await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
