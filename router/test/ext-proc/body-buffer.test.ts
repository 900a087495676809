import * as fc from 'fast-check';
import { BodyBuffer } from '../../src/ext-proc/body-buffer';

test('gives back what came, however it was cut, and is empty then', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, fc.uint8Array({ maxLength: 3000 }), (list, last) => {
      const body = new BodyBuffer();
      for (const piece of list) body.add(Buffer.from(piece));
      expect(body.take(Buffer.from(last)).equals(Buffer.concat([...list, last]))).toBe(true);
      expect(body.take(Buffer.alloc(0))).toHaveLength(0);
    }),
  );
});

test('a body of one piece is that piece', () => {
  const piece = Buffer.from('whole');
  expect(new BodyBuffer().take(piece)).toBe(piece);
});

test('many small slices keep no more than twice their bytes', () => {
  const body = new BodyBuffer();
  for (let i = 0; i < 3000; i++) body.add(Buffer.allocUnsafeSlow(65_536).subarray(0, 10));
  const whole = body.take(Buffer.from('end'));
  expect(whole).toHaveLength(30_003);
  expect(whole.buffer.byteLength).toBeLessThanOrEqual(60_006);
});
