import { systemTimers } from '../../src/flow-control/timers';

test('timers call back once, unless cleared, and not before what waits on promises', async () => {
  const calls: string[] = [];
  systemTimers.clear(systemTimers.set(() => calls.push('cleared'), 1));
  systemTimers.clear(undefined);
  systemTimers.set(() => calls.push('timer'), 1);
  systemTimers.soon(() => calls.push('soon'));
  Promise.resolve()
    .then(() => undefined)
    .then(() => calls.push('promise'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([...calls].sort()).toEqual(['promise', 'soon', 'timer']);
  expect(calls.indexOf('promise')).toBeLessThan(calls.indexOf('soon'));
});
