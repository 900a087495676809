import fc from 'fast-check';
import { healthMethods } from '../../src/transport/health';
import { decodeHealthCheckRequest } from '../../src/transport/health-codec';
import { type GrpcStream, grpcStatus } from '../../src/transport/types';

const states: Record<string, 'SERVING' | 'NOT_SERVING'> = { '': 'SERVING', readiness: 'NOT_SERVING' };
const methods = healthMethods((service) => states[service] ?? 'SERVICE_UNKNOWN', ['', 'readiness']);

/** One call: what was sent, and the status. */
function ask(method: string, ...messages: Buffer[]): { readonly sent: string[]; readonly status: number | undefined } {
  const sent: string[] = [];
  let status: number | undefined;
  const stream: GrpcStream = {
    path: method,
    header: () => undefined,
    send: (...pieces) => {
      sent.push(Buffer.concat(pieces).toString('hex'));
      return true;
    },
    finish: (code) => {
      status ??= code;
    },
    pause() {},
    resume() {},
  };
  const call = methods[`/grpc.health.v1.Health/${method}`]!(stream);
  for (const message of messages) {
    call.message(message);
  }
  if (status === undefined) {
    call.ended();
  }
  call.closed();
  return { sent, status };
}

const service = (name: string): Buffer => Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);

test('Check answers by service', () => {
  expect(ask('Check', Buffer.alloc(0))).toEqual({ sent: ['0801'], status: grpcStatus.OK });
  expect(ask('Check', service('readiness'))).toEqual({ sent: ['0802'], status: grpcStatus.OK });
  expect(ask('Check', service('else'))).toEqual({ sent: ['0803'], status: grpcStatus.OK });
});

test('List names every service', () => {
  const readiness = Buffer.from('readiness').toString('hex');
  expect(ask('List', Buffer.alloc(0))).toEqual({ sent: [`0a060a0012020801` + `0a0f0a09${readiness}12020802`], status: grpcStatus.OK });
});

test('Watch is not implemented', () => {
  expect(ask('Watch', Buffer.alloc(0))).toEqual({ sent: [], status: grpcStatus.UNIMPLEMENTED });
});

test('no request, two requests and a broken one', () => {
  expect(ask('Check').status).toBe(grpcStatus.INTERNAL);
  expect(ask('Check', Buffer.alloc(0), Buffer.alloc(0)).status).toBe(grpcStatus.INTERNAL);
  expect(ask('Check', Buffer.from([0x0a, 5, 0x61])).status).toBe(grpcStatus.INTERNAL);
});

test('unknown fields are passed over, the last service counts', () => {
  const unknown = Buffer.from('10ff01' + '19' + '00'.repeat(8) + '2202abcd' + '2d00000000', 'hex');
  expect(decodeHealthCheckRequest(Buffer.concat([service('old'), unknown, service('new')]))).toBe('new');
});

test('no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const decoded = decodeHealthCheckRequest(Buffer.from(bytes));
      expect(decoded === undefined || typeof decoded === 'string').toBe(true);
    }),
  );
});
