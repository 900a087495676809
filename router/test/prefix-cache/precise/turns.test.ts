import { Turns } from '../../../src/prefix-cache/precise/turns';

test('no more tasks than allowed run at once, all run, and a failure gives its turn on', async () => {
  const turns = new Turns(2);
  let running = 0;
  let most = 0;
  const task = async (fails: boolean): Promise<string> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (fails) throw new Error('no');
    return 'yes';
  };
  const results = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => turns.run(() => task(i % 3 === 0))));
  expect(most).toBe(2);
  expect(results.map(({ status }) => status === 'fulfilled')).toEqual([false, true, true, false, true, true, false, true, true]);
  await expect(turns.run(() => task(false))).resolves.toBe('yes');
});
