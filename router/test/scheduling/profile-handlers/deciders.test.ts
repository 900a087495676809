import type { JsonObject } from 'llm-d-epp-config';
import type { Decider, Endpoint, Plugin } from '../../../src/plugin';
import { request, TestContext } from '../../support/context';
import { builtIn, withTokens } from '../../support/scheduling';

const PRODUCER = 'approx-prefix-cache-producer';
const PRECISE = 'precise-prefix-cache-producer';
const ENV = 'LLM_D_EPP_PD_DECIDER_PREFIX_PRODUCER';

test('always-disagg-pd-decider says yes', () => {
  expect(builtIn<Decider>(new TestContext(), 'always-disagg-pd-decider').decide(request(), undefined)).toBe(true);
});

test('always-disagg-multimodal-decider says yes to media in any prompt', () => {
  const decider = builtIn<Decider>(new TestContext(), 'always-disagg-multimodal-decider');
  expect(decider.decide(request(), undefined)).toBe(false);
  expect(decider.decide(withTokens(request(), 5), undefined)).toBe(false);
  expect(decider.decide(withTokens(request(), 5, true), undefined)).toBe(true);
});

describe('prefix-based-pd-decider', () => {
  interface Given {
    readonly tokens?: number;
    readonly cached?: number;
    readonly producer?: string;
    readonly env?: Record<string, string>;
  }

  /** `cached` blocks of 16 tokens are on the endpoint; matches weighted by tier would be none. */
  function decide(parameters: JsonObject, { tokens, cached, producer = PRODUCER, env = {} }: Given, endpoint = true): boolean {
    const context = new TestContext({ env });
    const [pod] = context.pods(1) as [Endpoint];
    const made = tokens === undefined ? request() : withTokens(request(), tokens);
    if (cached !== undefined) {
      const info = { matchBlocks: Int32Array.of(0), cachedBlocks: Int32Array.of(cached), totalBlocks: 100, blockSizeTokens: 16 };
      made.put('PrefixCacheMatchInfo', producer, info);
    }
    return builtIn<Decider>(context, 'prefix-based-pd-decider', parameters).decide(made, endpoint ? pod : undefined);
  }

  test.each([
    ['is off at 0', {}, { tokens: 1e6, cached: 0 }, false],
    ['compares what is not cached', { nonCachedTokens: 100 }, { tokens: 260, cached: 10 }, true],
    ['wants at least the limit', { nonCachedTokens: 100 }, { tokens: 259, cached: 10 }, false],
    ['refuses short prompts', { nonCachedTokens: 100 }, { tokens: 99, cached: 0 }, false],
    ['takes a prompt of the limit', { nonCachedTokens: 100 }, { tokens: 100, cached: 0 }, true],
    ['refuses prompts below promptTokens', { nonCachedTokens: 16, promptTokens: 300 }, { tokens: 299, cached: 0 }, false],
    ['takes prompts of promptTokens', { nonCachedTokens: 16, promptTokens: 300 }, { tokens: 300, cached: 0 }, true],
    ['refuses without match data', { nonCachedTokens: 16 }, { tokens: 300 }, false],
    ['refuses when nothing is known of the endpoint', { nonCachedTokens: 16 }, { tokens: 300, cached: -1 }, false],
    ['refuses without tokens', { nonCachedTokens: 16 }, { cached: 0 }, false],
    ['copes with more cached than asked for', { nonCachedTokens: 16 }, { tokens: 300, cached: 99 }, false],
    ['reads the approximate producer only', { nonCachedTokens: 16 }, { tokens: 300, cached: 0, producer: PRECISE }, false],
    [
      'reads another producer on demand',
      { nonCachedTokens: 16 },
      { tokens: 300, cached: 0, producer: PRECISE, env: { [ENV]: PRECISE } },
      true,
    ],
  ])('%s', (_, parameters, given, expected) => {
    expect(decide(parameters, given)).toBe(expected);
  });

  it('refuses without an endpoint', () => {
    expect(decide({ nonCachedTokens: 16 }, { tokens: 300, cached: 0 }, false)).toBe(false);
  });

  test.each([
    [{}, [PRODUCER], []],
    [{}, [], ['no such producer of prefix matches: prefill is never disaggregated']],
    [{ [ENV]: PRECISE }, [PRODUCER], ['no such producer of prefix matches: prefill is never disaggregated']],
    [{ [ENV]: PRECISE }, [PRODUCER, PRECISE], []],
  ])('with %j warns of a producer missing among %j', (env, producers, warnings) => {
    const context = new TestContext({ env });
    for (const name of producers) context.plugins.set(name, {});
    builtIn<Plugin>(context, 'prefix-based-pd-decider', { nonCachedTokens: 16 }).start?.();
    expect(context.log.messages('warn')).toEqual(warnings);
  });
});
