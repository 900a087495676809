import { parseByteSize } from '../../../src/prefix-cache/precise/byte-size';

test.each([
  ['2GiB', 2 * 2 ** 30],
  ['500 MB', 5e8],
  ['1g', 1e9],
  ['1.5 KiB', 1536],
  ['1,024', 1024],
  ['42b', 42],
  ['3ti', 3 * 2 ** 40],
])('%s is %d bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each(['', 'GiB', '5 XB', '-1', '1.2.3GB', '5 GiBs'])('%j is no size', (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});
