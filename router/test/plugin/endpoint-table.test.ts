import fc from 'fast-check';
import { type EndpointMetadata, EndpointTable } from '../../src/plugin';

const metadata = (name: string, changes: Partial<EndpointMetadata> = {}): EndpointMetadata => ({
  id: `default/${name}`,
  namespace: 'default',
  name,
  address: '10.0.0.1',
  port: 8000,
  metricsHost: '10.0.0.1:8000',
  labels: {},
  rankIndex: 0,
  ...changes,
});

describe('the endpoint table', () => {
  test('takes over labels in place, and makes a new endpoint of a new address', () => {
    const table = new EndpointTable();
    const first = table.upsert(metadata('a'));
    expect(table.upsert(metadata('a', { labels: { x: 'y' } }))).toBe(first);
    expect(first.metadata.labels).toEqual({ x: 'y' });
    const second = table.upsert(metadata('a', { address: '10.0.0.2' }));
    expect(second).not.toBe(first);
    expect([first.removed, second.removed, table.size]).toEqual([true, false, 1]);
  });

  test('clears the columns of a removed endpoint after its listeners ran', () => {
    const table = new EndpointTable();
    const column = table.column('c', 7);
    const endpoint = table.upsert(metadata('a'));
    column.set(endpoint.slot, 1);
    const seen: number[] = [];
    table.listen({ removed: ({ slot }) => seen.push(column.at(slot)) });
    table.remove(endpoint.id);
    expect(seen).toEqual([1]);
    expect(table.upsert(metadata('b')).slot).toBe(endpoint.slot);
    expect(column.at(endpoint.slot)).toBe(7);
  });

  test('tells listeners until they leave', () => {
    const table = new EndpointTable();
    const events: string[] = [];
    const leave = table.listen({
      added: ({ id }) => events.push(`+${id}`),
      updated: ({ id }) => events.push(`~${id}`),
      removed: ({ id }) => events.push(`-${id}`),
    });
    table.upsert(metadata('a'));
    table.upsert(metadata('a'));
    table.remove('default/a');
    table.remove('default/a');
    leave();
    table.upsert(metadata('b'));
    expect(events).toEqual(['+default/a', '~default/a', '-default/a']);
  });

  test('has views that share everything but their listeners', () => {
    const table = new EndpointTable();
    const view = table.view();
    const events: string[] = [];
    table.listen({ added: ({ id }) => events.push(`table ${id}`) });
    view.listen({ added: ({ id }) => events.push(`view ${id}`) });
    view.column('c', 1).set(view.upsert(metadata('a')).slot, 5);
    expect(table.column('c', 1).at(table.get('default/a')?.slot ?? -1)).toBe(5);
    expect(table.version).toBe(view.version);
    view.release();
    table.upsert(metadata('b'));
    expect(events).toEqual(['table default/a', 'view default/a', 'table default/b']);
  });

  test('grows its columns with what they hold', () => {
    const table = new EndpointTable();
    const column = table.column('c', -1);
    for (let i = 0; i < 1000; i++) column.set(table.upsert(metadata(`e${i}`, { port: i })).slot, i);
    expect(table.all().map(({ slot }) => column.at(slot))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(column.values).toHaveLength(table.capacity);
  });

  test('never gives one slot to two endpoints, whatever comes and goes', () => {
    const step = fc.record({ name: fc.integer({ min: 0, max: 20 }), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new EndpointTable();
        const names = new Set<string>();
        for (const { name, remove } of steps) {
          if (remove) table.remove(`default/e${name}`);
          else table.upsert(metadata(`e${name}`));
          if (remove) names.delete(`default/e${name}`);
          else names.add(`default/e${name}`);
        }
        expect(new Set(table.all().map(({ id }) => id))).toEqual(names);
        expect(new Set(table.all().map(({ slot }) => slot)).size).toBe(names.size);
        for (const endpoint of table.all()) expect(table.at(endpoint.slot)).toBe(endpoint);
      }),
    );
  });
});
