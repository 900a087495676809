import type { Output } from '../../../src/transport/http2/output';
import { SendQueue } from '../../../src/transport/http2/send-queue';

/** What comes out of a queue, piece by piece. */
function drained(queue: SendQueue): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const output = { bytes: (piece: Uint8Array) => pieces.push(piece) } as unknown as Output;
  queue.move(queue.length, output);
  return pieces;
}

test('a small slice of a large memory is copied, so that waiting does not keep the rest', () => {
  const chunk = Buffer.allocUnsafeSlow(65_536).fill('x');
  const queue = new SendQueue();
  for (let at = 0; at < 50; at++) queue.push(chunk.subarray(at, at + 100));
  const pieces = drained(queue);
  expect(Buffer.concat(pieces).toString()).toBe('x'.repeat(5000));
  expect(pieces.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBe(5000);
});

test('large pieces, and small ones that have their memory for themselves, are not copied', () => {
  const large = Buffer.allocUnsafeSlow(65_536).subarray(0, 4096);
  const own = Buffer.allocUnsafeSlow(10);
  const queue = new SendQueue();
  queue.push(large);
  queue.push(own);
  expect(drained(queue)).toEqual([large, own]);
  queue.push(large);
  queue.push(own);
  const [first, second] = drained(queue);
  expect(first).toBe(large);
  expect(second).toBe(own);
});
