import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { MessageError } from '../../../src/transport/grpc/decompress';
import { MessageReader } from '../../../src/transport/grpc/message-reader';
import { encodeStatusMessage } from '../../../src/transport/grpc/status-message';
import { grpcStatus } from '../../../src/transport/types';
import { grpcMessage } from '../../support/transport';

function collect(chunks: readonly Buffer[], encoding?: string, maxBytes = 1 << 22): Buffer[] {
  const messages: Buffer[] = [];
  const reader = new MessageReader({ onMessage: (bytes) => messages.push(bytes) }, encoding, maxBytes);
  for (const chunk of chunks) {
    reader.read(chunk, 0, chunk.length);
  }
  return messages;
}

function statusOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    return (error as MessageError).status;
  }
  throw new Error('nothing was thrown');
}

test('messages are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.integer({ min: 1, max: 50 }), (bodies, size) => {
      const bytes = Buffer.concat(bodies.map((body) => grpcMessage(body)));
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        chunks.push(bytes.subarray(at, at + size));
      }
      expect(collect(chunks).map((message) => [...message])).toEqual(bodies.map((body) => [...body]));
    }),
  );
});

test('a message within one piece is a slice of it, one that spans pieces a copy', () => {
  const chunk = grpcMessage(Buffer.from('hello'));
  const [whole] = collect([chunk]);
  expect(whole!.buffer).toBe(chunk.buffer);
  const large = Buffer.alloc(1_000_000, 'ab');
  const bytes = grpcMessage(large);
  const [copy] = collect([bytes.subarray(0, 70_000), bytes.subarray(70_000, 500_000), bytes.subarray(500_000)]);
  expect(copy!.equals(large)).toBe(true);
  expect(copy!.buffer).not.toBe(bytes.buffer);
});

test('a large length alone takes little memory', () => {
  const reader = new MessageReader({ onMessage: () => {} }, undefined, 1 << 30);
  reader.read(Buffer.from([0, 0x3f, 0xff, 0xff, 0xff, 1, 2, 3]), 0, 8);
  expect((reader as unknown as { partial: Buffer }).partial.length).toBe(64 * 1024);
});

test('gzip is unpacked', () => {
  expect(collect([grpcMessage(gzipSync('hello'), 1), grpcMessage(Buffer.from('plain'))], 'gzip').map(String)).toEqual(['hello', 'plain']);
});

test('what cannot be read has a status', () => {
  const bomb = grpcMessage(gzipSync(Buffer.alloc(10_000_000)), 1);
  expect(statusOf(() => collect([bomb], 'gzip', 1 << 20))).toBe(grpcStatus.RESOURCE_EXHAUSTED);
  expect(statusOf(() => collect([grpcMessage(Buffer.alloc(101))], undefined, 100))).toBe(grpcStatus.RESOURCE_EXHAUSTED);
  expect(statusOf(() => collect([grpcMessage(Buffer.from('no gzip'), 1)], 'gzip'))).toBe(grpcStatus.INTERNAL);
  expect(statusOf(() => collect([grpcMessage(Buffer.from('x'), 1)], undefined))).toBe(grpcStatus.INTERNAL);
  expect(statusOf(() => collect([grpcMessage(Buffer.from('x'), 1)], 'snappy'))).toBe(grpcStatus.UNIMPLEMENTED);
  expect(statusOf(() => collect([grpcMessage(Buffer.from('x'), 2)]))).toBe(grpcStatus.INTERNAL);
});

test('a message of exactly the limit passes', () => {
  expect(collect([grpcMessage(Buffer.alloc(100))], undefined, 100)).toHaveLength(1);
});

test('status messages are printable, and decode to what they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      const coded = encodeStatusMessage(message);
      expect(coded).toMatch(/^[ -~]*$/);
      expect(decodeURIComponent(coded)).toBe(message);
    }),
  );
});
