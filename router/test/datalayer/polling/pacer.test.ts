import fc from 'fast-check';
import { baseTickMs, roundToTicks } from '../../../src/datalayer/polling/base-tick';
import { Pacer } from '../../../src/datalayer/polling/pacer';

/** Polls in a time during which the loop is as punctual as `late` says. */
function run(pacer: Pacer, targets: number, milliseconds: number, late = (pause: number) => pause): { total: number; largest: number } {
  let now = 0;
  let total = 0;
  let largest = 0;
  while (now < milliseconds) {
    now += late(pacer.pauseMs(targets));
    const due = pacer.due(now, targets);
    total += due;
    largest = Math.max(largest, due);
  }
  return { total, largest };
}

test.each([1, 2, 3, 8, 64, 512, 2000])('%d targets are polled once a period, spread over it', (targets) => {
  const { total, largest } = run(new Pacer(50, 0), targets, 10_000);
  expect(Math.abs(total - targets * 200)).toBeLessThanOrEqual(targets);
  expect(largest).toBeLessThanOrEqual(Math.max(4, Math.ceil((targets * 2) / 50) + 1));
});

test('a late loop makes up for nothing beyond one round', () => {
  const pacer = new Pacer(50, 0);
  pacer.pauseMs(64);
  expect(pacer.due(5000, 64)).toBe(64);
  pacer.pauseMs(64);
  expect(pacer.due(5003, 64)).toBeLessThanOrEqual(5);
});

test('while the loop is late, the period stretches to twice its length and no further', () => {
  const { total } = run(new Pacer(50, 0), 64, 10_000, (pause) => pause + 20);
  const rounds = total / 64;
  expect(rounds).toBeGreaterThanOrEqual(99);
  expect(rounds).toBeLessThan(120);
});

test('a period longer than any pause holds too', () => {
  const { total } = run(new Pacer(30_000, 0), 10, 300_000, (pause) => Math.min(250, pause));
  expect(total).toBeGreaterThanOrEqual(99);
  expect(total).toBeLessThanOrEqual(101);
});

test('never more than all targets are due, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -100, max: 100_000 }), fc.nat(600))), (steps) => {
      const pacer = new Pacer(50, 0);
      let now = 0;
      for (const [elapsed, targets] of steps) {
        now += elapsed;
        expect(pacer.pauseMs(targets)).toBeGreaterThanOrEqual(2);
        const due = pacer.due(now, targets);
        expect(due).toBeGreaterThanOrEqual(0);
        expect(due).toBeLessThanOrEqual(targets);
      }
    }),
  );
});

test('the base tick is 50 ms at least, and no longer than the shortest interval', () => {
  expect(baseTickMs(50, [])).toBe(50);
  expect(baseTickMs(10, [])).toBe(50);
  expect(baseTickMs(1000, [])).toBe(1000);
  expect(baseTickMs(1000, [undefined, 200, 400])).toBe(200);
  expect(baseTickMs(1000, [20])).toBe(50);
});

test.each([
  [undefined, 50, 50],
  [50, 50, 50],
  [1, 50, 50],
  [120, 50, 100],
  [130, 50, 150],
  [1000, 50, 1000],
])('an interval of %p ms on a tick of %d ms is %d ms', (interval, tick, expected) => {
  expect(roundToTicks(interval, tick)).toBe(expected);
});
