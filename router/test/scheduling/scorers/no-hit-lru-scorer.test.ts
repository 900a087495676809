import type { Endpoint, InferenceRequest } from '../../../src/plugin';
import type { NoHitLruScorer } from '../../../src/scheduling/scorers/no-hit-lru-scorer';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { request, TestContext } from '../../support/context';
import { scoresOf } from '../../support/scorers';

function setUp(pods: number, parameters = {}) {
  const context = new TestContext();
  const scorer = context.make<NoHitLruScorer>(scorerPlugins['no-hit-lru-scorer']!, 'no-hit-lru-scorer', parameters);
  const endpoints = context.pods(pods);
  const send = (endpoint: Endpoint, asked: InferenceRequest = request(), prefill?: Endpoint): void => {
    scoresOf(context, scorer, { request: asked });
    const profiles = new Map([['decode', { targets: [endpoint] }]]);
    if (prefill !== undefined) profiles.set('prefill', { targets: [prefill] });
    scorer.preRequest(asked, { profiles, primary: 'decode' });
  };
  return { context, scorer, endpoints, send, scores: (asked?: InferenceRequest) => scoresOf(context, scorer, asked && { request: asked }) };
}

function warm(): InferenceRequest {
  const asked = request();
  const matchBlocks = Int32Array.of(0, 1);
  asked.put('PrefixCacheMatchInfo', 'approx-prefix-cache-producer', {
    matchBlocks,
    cachedBlocks: matchBlocks,
    totalBlocks: 4,
    blockSizeTokens: 64,
  });
  return asked;
}

test('never used endpoints come in their order', () => {
  expect(setUp(5).scores()).toEqual([1, 0.75, 0.5, 0.25, 0]);
});

test('one endpoint scores 1, none nothing', () => {
  expect(setUp(1).scores()).toEqual([1]);
  expect(setUp(0).scores()).toEqual([]);
});

test('the longest unused comes first, after the never used', () => {
  const { endpoints, send, scores } = setUp(5);
  send(endpoints[1]!);
  send(endpoints[0]!);
  expect(scores()).toEqual([0, 0.25, 1, 0.75, 0.5]);
  send(endpoints[1]!);
  expect(scores()).toEqual([0.25, 0, 1, 0.75, 0.5]);
});

test('a hit anywhere makes it neutral and is not remembered', () => {
  const { endpoints, send, scores } = setUp(3);
  expect(scores(warm())).toEqual([0.5, 0.5, 0.5]);
  send(endpoints[0]!, warm());
  expect(scores()).toEqual([1, 0.5, 0]);
});

test('the prefill endpoint is used too', () => {
  const { endpoints, send, scores } = setUp(3);
  send(endpoints[0]!, request(), endpoints[1]!);
  expect(scores()).toEqual([0.5, 0, 1]);
});

test('an endpoint that is gone keeps its place in the order', () => {
  const { context, endpoints, send, scores } = setUp(4);
  for (const endpoint of endpoints.slice(0, 3)) send(endpoint);
  context.endpoints.remove('default/pod-0');
  // One never used, then pod-1 at place 1 and pod-2 at place 2 of what was used: 1 - 2/2, and no less than 0.
  expect(scores()).toEqual([0, 0, 1]);
});

test('a request that was not scored is not remembered', () => {
  const { scorer, endpoints, scores } = setUp(2);
  scorer.preRequest(request(), { profiles: new Map([['decode', { targets: [endpoints[0]!] }]]), primary: 'decode' });
  scorer.preRequest(request(), { profiles: new Map(), primary: 'decode' });
  expect(scores()).toEqual([1, 0]);
});

test('remembers at most lruSize endpoints', () => {
  const { endpoints, send, scores } = setUp(4, { lruSize: 2 });
  for (const endpoint of endpoints.slice(0, 3)) send(endpoint);
  // pod-0 is forgotten, so it counts as never used again.
  const [first, second, third, fourth] = scores();
  expect([first, fourth]).toEqual([1, 1 - 1 / 3]);
  expect(second).toBeCloseTo(1 / 3);
  expect(third).toBe(0);
});

test('a newcomer in a reused slot is not taken for the old endpoint', () => {
  const { context, endpoints, send, scores } = setUp(2);
  send(endpoints[0]!);
  expect(scores()).toEqual([0, 1]);
  context.endpoints.remove('default/pod-0');
  context.endpoint('new');
  expect(context.names(context.candidates())).toEqual(['pod-1', 'new']);
  expect(scores()).toEqual([1, 0]);
  send(context.endpoints.get('default/pod-1')!);
  expect(scores()[1]).toBe(1);
});

test('takes 1,000 endpoints', () => {
  const { endpoints, send, scores } = setUp(1000);
  for (const endpoint of endpoints) send(endpoint);
  const all = scores();
  expect(all[0]).toBe(1);
  expect(all[999]).toBe(0);
});
