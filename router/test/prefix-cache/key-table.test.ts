import * as fc from 'fast-check';
import { KeyTable } from '../../src/prefix-cache/key-table';

const key = fc.tuple(fc.constantFrom(0, 1, 2, 0xffffffff, 12345), fc.integer({ min: 0, max: 40 }));

test('finds what is in it and nothing else, whatever was removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 300 }), (steps) => {
      const table = new KeyTable(1000);
      const ids = new Map<string, number>();
      for (const [add, [low, high]] of steps) {
        const name = `${low}/${high}`;
        const id = table.find(low, high);
        expect(id).toBe(ids.get(name) ?? -1);
        if (add && id < 0) ids.set(name, table.insert(low, high));
        if (!add && id >= 0) {
          table.remove(id);
          ids.delete(name);
        }
      }
      expect(table.size).toBe(ids.size);
      expect(new Set(ids.values()).size).toBe(ids.size);
    }),
  );
});

test('grows to its bound and gives removed numbers out again', () => {
  const table = new KeyTable(5000);
  for (let i = 0; i < 5000; i++) table.insert(i, i * 3);
  expect(table.full).toBe(true);
  expect(table.capacity).toBe(5000);
  const freed = table.find(77, 231);
  table.remove(freed);
  expect(table.insert(9, 9)).toBe(freed);
  for (let i = 0; i < 5000; i++) expect(table.find(i, i * 3) >= 0).toBe(i !== 77);
});
