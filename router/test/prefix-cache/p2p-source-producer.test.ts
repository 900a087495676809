import { coreColumns, type DataProducer, type PreRequest } from '../../src/plugin';
import { prefixCachePlugins } from '../../src/prefix-cache/plugins';
import { request, TestContext } from '../support/context';
import { sendsTo } from '../support/prefix-cache';

const TYPE = 'p2p-source-producer';
const HEADER = 'x-kv-cache-source-host-port';

interface Given {
  /** Cached blocks of each endpoint. */
  readonly cached: readonly number[];
  /** @default - no tiers are known */
  readonly cpu?: readonly number[];
  /** @default 'request' */
  readonly id?: string;
  /** @default - no prefill target */
  readonly prefill?: number;
  /** @default 'approx-prefix-cache-producer' */
  readonly producer?: string;
}

function setUp(parameters: object = {}) {
  const context = new TestContext();
  const pods = context.pods(4);
  const plugin = context.make<DataProducer & PreRequest>(prefixCachePlugins[TYPE]!, TYPE, parameters as never);
  const name = (host: string | undefined): number | undefined =>
    host === undefined ? undefined : pods.findIndex((pod) => pod.host === host);
  /** The endpoint that is named when `target` computes. */
  const source = (
    target: number,
    { cached, cpu, id = 'request', prefill, producer = 'approx-prefix-cache-producer' }: Given,
  ): number | undefined => {
    const made = request({ id, headers: { [HEADER]: '6.6.6.6:666' } });
    const bySlot = (values: readonly number[]) => {
      const list = new Int32Array(context.endpoints.capacity).fill(-1);
      for (const [i, value] of values.entries()) list[pods[i]!.slot] = value;
      return list;
    };
    const blocks = bySlot(cached);
    const tiers = cpu === undefined ? {} : { tiers: new Map(cpu.length > 0 ? [['cpu', bySlot(cpu)]] : []) };
    made.put('PrefixCacheMatchInfo', producer, {
      matchBlocks: blocks,
      cachedBlocks: blocks,
      totalBlocks: 20,
      blockSizeTokens: 64,
      ...tiers,
    });
    void plugin.produce(made, context.candidates());
    plugin.preRequest(made, sendsTo(pods[target]!, prefill === undefined ? undefined : pods[prefill]));
    return name(made.headers.get(HEADER));
  };
  return { context, pods, plugin, source };
}

test('the endpoint with the longest prefix is the source for the others', () => {
  const { source } = setUp();
  expect(source(0, { cached: [0, 8, 3, 0] })).toBe(1);
  expect(source(1, { cached: [0, 8, 3, 0] })).toBeUndefined();
  expect(source(0, { cached: [0, 0, 0, 0] })).toBeUndefined();
  expect(source(0, { cached: [-1, -1, -1, -1] })).toBeUndefined();
});

test('what the client sent is removed in any case', () => {
  const { plugin, pods } = setUp();
  const made = request({ headers: { [HEADER]: '6.6.6.6:666' } });
  plugin.preRequest(made, sendsTo(pods[0]!));
  expect(made.headers.get(HEADER)).toBeUndefined();
});

test('the advantage must be as large as asked for', () => {
  const { source } = setUp({ minCachedTokenDelta: 129 });
  expect(source(0, { cached: [6, 8, 0, 0] })).toBeUndefined();
  expect(source(0, { cached: [5, 8, 0, 0] })).toBe(1);
});

test('the prefill target is what computes', () => {
  const { source } = setUp();
  expect(source(0, { cached: [0, 8, 0, 0], prefill: 1 })).toBeUndefined();
  expect(source(1, { cached: [0, 8, 0, 0], prefill: 0 })).toBe(1);
  expect(setUp({ prefillProfileName: 'other' }).source(1, { cached: [0, 8, 0, 0], prefill: 0 })).toBeUndefined();
});

test('with tiers only what lies on the CPU can be pulled, while all counts at home', () => {
  const { source } = setUp();
  expect(source(0, { cached: [0, 8, 4, 0], cpu: [0, 0, 4, 0] })).toBe(2);
  expect(source(1, { cached: [0, 8, 4, 0], cpu: [0, 0, 4, 0] })).toBeUndefined();
  expect(source(0, { cached: [0, 8, 4, 0], cpu: [] })).toBeUndefined();
});

test('data of another producer is read when it is named', () => {
  expect(setUp({ prefixMatchInfoProducerName: 'mine' }).source(0, { cached: [0, 8, 0, 0], producer: 'mine' })).toBe(1);
  expect(setUp({ prefixMatchInfoProducerName: 'mine' }).source(0, { cached: [0, 8, 0, 0] })).toBeUndefined();
});

test('endpoints within a block of the most share the work, the busy ones less', () => {
  const { context, pods, source } = setUp();
  context.set(coreColumns.waiting, pods[2]!, 3);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) counts[source(0, { cached: [0, 8, 7, 6], id: `request-${i}` })!]!++;
  expect(counts[0]).toBe(0);
  expect(counts[3]).toBe(0);
  expect(counts[1]! / 2000).toBeCloseTo(0.8, 1);
  expect(source(0, { cached: [0, 8, 7, 6], id: 'same' })).toBe(source(0, { cached: [0, 8, 7, 6], id: 'same' }));
});
