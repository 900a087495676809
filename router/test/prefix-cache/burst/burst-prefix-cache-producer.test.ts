import type { DataProducer } from '../../../src/plugin';
import { prefixCachePlugins } from '../../../src/prefix-cache/plugins';
import { TestContext } from '../../support/context';
import { ids, tokenRequest } from '../../support/prefix-cache';

const TYPE = 'burst-prefix-cache-producer';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function setUp(parameters: object = {}) {
  const context = new TestContext();
  const pods = context.pods(3);
  const plugin = context.make<DataProducer>(prefixCachePlugins[TYPE]!, TYPE, parameters as never);
  const ask = (first: number, count = 130, candidates = context.candidates()) => {
    const request = tokenRequest([ids(first, count)]);
    const done = Promise.resolve(plugin.produce(request, candidates));
    return {
      done,
      info: () => {
        const info = request.get('PrefixCacheMatchInfo', TYPE);
        return info && { match: pods.map(({ slot }) => info.matchBlocks[slot]), total: info.totalBlocks, blockSize: info.blockSizeTokens };
      },
    };
  };
  return { context, pods, plugin, ask };
}

test('requests of a window wait for it, and equal ones go together', async () => {
  const { plugin, ask } = setUp();
  expect(plugin.timeoutMs).toBe(400);
  const asked = [ask(1), ask(1), ask(1000), ask(2000), ask(1000)];
  jest.advanceTimersByTime(99);
  expect(asked[0]!.info()).toBeUndefined();
  jest.advanceTimersByTime(1);
  await Promise.all(asked.map(({ done }) => done));
  expect(asked.map(({ info }) => info()!.match)).toEqual([
    [3, 0, 0],
    [3, 0, 0],
    [0, 3, 0],
    [0, 0, 0],
    [0, 3, 0],
  ]);
  expect(asked[0]!.info()).toMatchObject({ total: 3, blockSize: 64 });
});

test('the next window begins anew', async () => {
  const { ask } = setUp({ windowDurationMs: 10 });
  const first = ask(1);
  jest.advanceTimersByTime(10);
  const second = ask(1);
  jest.advanceTimersByTime(10);
  await Promise.all([first.done, second.done]);
  expect(first.info()!.match).toEqual([0, 0, 0]);
  expect(second.info()!.match).toEqual([0, 0, 0]);
});

test('the list of candidates may be reused meanwhile', async () => {
  const { context, pods, ask } = setUp();
  const candidates = context.candidates();
  const asked = [ask(1, 64, candidates), ask(1, 64, candidates)];
  candidates.only(pods[2]!.slot);
  jest.advanceTimersByTime(100);
  await Promise.all(asked.map(({ done }) => done));
  expect(asked[1]!.info()!.match).toEqual([1, 0, 0]);
});

test('an endpoint that vanished meanwhile is spoken of no more', async () => {
  const { context, pods, ask } = setUp();
  const asked = [ask(1), ask(1)];
  context.endpoints.remove(pods[0]!.id);
  jest.advanceTimersByTime(100);
  await Promise.all(asked.map(({ done }) => done));
  expect(asked[0]!.info()!.match).toEqual([-1, 0, 0]);
});

test('a full batch takes no more', async () => {
  const { ask } = setUp({ maxBatchSize: 1 });
  const first = ask(1);
  await expect(ask(1).done).rejects.toThrow('the batch has its 1 requests already');
  jest.advanceTimersByTime(100);
  await first.done;
  const next = ask(1);
  jest.advanceTimersByTime(100);
  await next.done;
  expect(next.info()).toBeDefined();
});

test('tokens beyond the cap make no difference', async () => {
  const { ask } = setUp({ maxPrefixTokensToMatch: 128, blockSizeTokens: 32 });
  const asked = [ask(1, 200), ask(1, 300)];
  jest.advanceTimersByTime(100);
  await Promise.all(asked.map(({ done }) => done));
  expect(asked[1]!.info()).toEqual({ match: [4, 0, 0], total: 4, blockSize: 32 });
});

test('a request without tokens matches nothing of nothing', async () => {
  const { ask } = setUp();
  const asked = ask(1, 0);
  jest.advanceTimersByTime(100);
  await asked.done;
  expect(asked.info()).toMatchObject({ match: [0, 0, 0], total: 0 });
});
