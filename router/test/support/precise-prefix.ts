import type { JsonObject } from 'llm-d-epp-config';
import { pack } from 'msgpackr';
import { prefixCachePlugins } from '../../src/prefix-cache/plugins';
import type { PrecisePrefixCacheProducer } from '../../src/prefix-cache/precise/precise-prefix-cache-producer';
import { type ContextOptions, TestContext } from './context';
import { ids, tokenRequest } from './prefix-cache';

const TYPE = 'precise-prefix-cache-producer';

/** A payload with these events. */
export const payload = (...events: unknown[]): Buffer => pack([1, events]);

/** A store of blocks of 16 tokens that count up from `first`, under the hashes given. */
export const stored = (
  hashes: readonly (number | bigint)[],
  first: number,
  parent: number | bigint | null = null,
  ...rest: unknown[]
): unknown[] => ['BlockStored', hashes, parent, [...ids(first, hashes.length * 16)], 16, null, ...rest];

/** A precise producer and two endpoints, `10.0.0.1:8000` and `10.0.0.2:8000`; no sockets are opened before `start`. */
export function preciseSetUp(parameters: JsonObject = {}, options: ContextOptions = {}) {
  const context = new TestContext(options);
  const pods = context.pods(2);
  const plugin = context.make<PrecisePrefixCacheProducer>(prefixCachePlugins[TYPE]!, TYPE, parameters);
  /** What the producer says of a prompt of tokens that count up from 1. */
  const ask = (count: number, model = 'my-model', cacheSalt = '') => {
    const request = tokenRequest([ids(1, count)], { model, cacheSalt });
    plugin.produce(request, context.candidates());
    const info = request.get('PrefixCacheMatchInfo', TYPE);
    if (info === undefined) return undefined;
    const slots = context.endpoints.all().map(({ slot }) => slot);
    return {
      match: slots.map((slot) => info.matchBlocks[slot]),
      cached: slots.map((slot) => info.cachedBlocks[slot]),
      tiers: Object.fromEntries([...info.tiers!].map(([tier, blocks]) => [tier, slots.map((slot) => blocks[slot])])),
      total: info.totalBlocks,
      blockSize: info.blockSizeTokens,
    };
  };
  const tell = (pod: number, ...events: unknown[]) => plugin.message(`10.0.0.${pod + 1}:8000`, 'my-model', payload(...events));
  return { context, pods, plugin, ask, tell };
}
