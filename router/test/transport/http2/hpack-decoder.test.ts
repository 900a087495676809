import { HeaderField } from '../../../src/transport/http2/header-field';
import { HeaderTable } from '../../../src/transport/http2/header-table';
import { HpackDecoder } from '../../../src/transport/http2/hpack-decoder';
import { errorCode } from '../../../src/transport/http2/protocol';

function decode(decoder: HpackDecoder, hex: string): string[] {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decoder.decode(bytes, 0, bytes.length).map(({ name, value }) => `${name}: ${value}`);
}

function decoder(): HpackDecoder {
  return new HpackDecoder(65_536);
}

// The examples of RFC 7541, appendix C.
test.each([
  [
    'plain',
    [
      '828684410f7777772e6578616d706c652e636f6d',
      '828684be58086e6f2d6361636865',
      '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
    ],
  ],
  ['Huffman-coded', ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf', '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf']],
])('three requests in a row, %s', (_name, [first, second, third]) => {
  const shared = decoder();
  expect(decode(shared, first!)).toEqual([':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']);
  expect(decode(shared, second!)).toEqual([
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ]);
  expect(decode(shared, third!)).toEqual([
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ]);
});

test('literals that enter no table leave it as it is', () => {
  const shared = decoder();
  expect(decode(shared, '040c2f73616d706c652f70617468')).toEqual([':path: /sample/path']);
  expect(decode(shared, '100870617373776f726406736563726574')).toEqual(['password: secret']);
  expect(() => decode(shared, 'be')).toThrow('no field has the index 62');
});

test.each([
  ['index 0', '80'],
  ['an index beyond the tables', 'ff80808001'],
  ['a number that never ends', 'ffffffffffffffffffffff'],
  ['a number cut off', '7f'],
  ['a name cut off', '4005616263'],
  ['a value that is missing', '4001 61'],
  ['a table larger than allowed', '3fe21f'],
  ['a table size after a field', '8220'],
  ['end-of-string in a Huffman code', '4085ffffffffff0161'],
  ['padding that is not ones', '4081000161'],
  ['a whole byte of padding', '4082f8ff0161'],
])('%s loses the table', (_name, hex) => {
  expect(() => decode(decoder(), hex)).toThrow(expect.objectContaining({ code: errorCode.COMPRESSION_ERROR }));
});

test('a table size at the start of a block empties the table', () => {
  const shared = decoder();
  decode(shared, '400a637573746f6d2d6b65790d637573746f6d2d686561646572');
  expect(decode(shared, 'be')).toEqual(['custom-key: custom-header']);
  expect(decode(shared, '20')).toEqual([]);
  expect(() => decode(shared, 'be')).toThrow('no field has the index 62');
});

test('a list above the limit is read to its end, and only said to be too large', () => {
  const small = new HpackDecoder(100);
  decode(small, '828684418cf1e3c2e5f23a6ba0ab90f4ff');
  expect(small.overflowed).toBe(true);
  expect(decode(small, 'be')).toEqual([':authority: www.example.com']);
  expect(small.overflowed).toBe(false);
});

test('the table drops its oldest fields, and all of them for one that is too large', () => {
  const table = new HeaderTable();
  for (let number = 0; number < 1000; number++) {
    table.add(new HeaderField(`name-${number}`, 'x'.repeat(100)));
  }
  expect(table.get(62)?.name).toBe('name-999');
  const held = Array.from({ length: 128 }, (_, age) => table.get(62 + age)).filter((field) => field !== undefined);
  expect(held.map(({ name }) => name)).toEqual(held.map((_, age) => `name-${999 - age}`));
  expect(held.length).toBe(Math.floor(4096 / 140));
  table.add(new HeaderField('large', 'x'.repeat(5000)));
  expect(table.get(62)).toBeUndefined();
});
