import fc from 'fast-check';
import { IndexedHeap } from '../../src/flow-control/indexed-heap';

interface Item {
  key: number;
  readonly id: number;
  position: number;
}

const before = (a: Item, b: Item) => (a.key !== b.key ? a.key < b.key : a.id < b.id);
const action = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), key: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'pop' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('move' as const), which: fc.nat(), key: fc.integer({ min: 0, max: 9 }) }),
);

test('a heap agrees with a sorted list after any pushes, removals and moves', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const heap = new IndexedHeap<Item>(before);
      const list: Item[] = [];
      for (const [id, step] of actions.entries()) {
        if (step.kind === 'push') {
          const item = { key: step.key, id, position: -1 };
          heap.push(item);
          list.push(item);
        } else if (step.kind === 'pop') {
          const first = heap.pop();
          expect(first).toBe(list[0]);
          list.shift();
        } else if (list.length > 0) {
          const item = list[step.which % list.length] as Item;
          if (step.kind === 'move') {
            item.key = step.key;
            heap.moved(item);
          } else {
            heap.remove(item);
            expect(item.position).toBe(-1);
            list.splice(list.indexOf(item), 1);
          }
        }
        list.sort((a, b) => (before(a, b) ? -1 : 1));
        expect(heap.peek()).toBe(list[0]);
        expect(heap.size).toBe(list.length);
      }
    }),
  );
});
