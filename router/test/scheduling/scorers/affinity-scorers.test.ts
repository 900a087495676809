import type { Endpoint, LoraState, Scorer } from '../../../src/plugin';
import { scorerPlugins } from '../../../src/scheduling/scorers/plugins';
import { request, TestContext } from '../../support/context';
import { scoresOf } from '../../support/scorers';

function make(type: string, parameters = {}): { context: TestContext; scorer: Scorer } {
  const context = new TestContext();
  return { context, scorer: context.make<Scorer>(scorerPlugins[type]!, type, parameters) };
}

test('lora-affinity-scorer prefers loaded, then room, then waiting', () => {
  const { context, scorer } = make('lora-affinity-scorer');
  const states: readonly LoraState[] = [
    { active: new Set(['sql-ü']), waiting: new Set(), maxAdapters: 1 },
    { active: new Set(['a']), waiting: new Set(['b']), maxAdapters: 3 },
    { active: new Set(['a']), waiting: new Set(['sql-ü']), maxAdapters: 2 },
    { active: new Set(['a']), waiting: new Set(['b']), maxAdapters: 2 },
  ];
  for (const [i, lora] of states.entries()) context.endpoint(`pod-${i}`).lora = lora;
  context.endpoint('without-lora');
  const asked = request();
  asked.targetModel = 'sql-ü';
  expect(scoresOf(context, scorer, { request: asked })).toEqual([1, 0.8, 0.6, 0, 0]);
});

describe('header-label-affinity-scorer', () => {
  const parameters = { headerName: 'X-Zone', labelKey: 'zone' };

  test('is 1 where the label equals the header', () => {
    const { context, scorer } = make('header-label-affinity-scorer', parameters);
    context.endpoint('a', { labels: { zone: 'eu' } });
    context.endpoint('b', { labels: { zone: 'us' } });
    context.endpoint('c');
    expect(scoresOf(context, scorer, { request: request({ headers: { 'x-zone': 'eu' } }) })).toEqual([1, 0, 0]);
    expect(scoresOf(context, scorer, { request: request({ headers: { 'x-zone': 'EU' } }) })).toEqual([0, 0, 0]);
  });

  test.each<Record<string, string>>([{}, { 'x-zone': '' }])('is 0 with headers %j', (headers) => {
    const { context, scorer } = make('header-label-affinity-scorer', parameters);
    context.endpoint('a', { labels: { zone: '' } });
    expect(scoresOf(context, scorer, { request: request({ headers }) })).toEqual([0]);
  });
});

describe('topology-affinity-scorer', () => {
  const place = (
    endpoint: Endpoint,
    hostname: string,
    rack: string,
    zone: string,
    region: string,
    producer = 'topology-extractor',
  ): Endpoint => {
    endpoint.facts.set(`Topology/${producer}`, { hostname, rack, zone, region });
    return endpoint;
  };

  function setUp(parameters = {}, producer?: string) {
    const { context, scorer } = make('topology-affinity-scorer', parameters);
    const peer = place(context.endpoint('peer'), 'h', 'r', 'z', 'g', producer);
    const candidates = context.candidates([
      place(context.endpoint('host'), 'h', 'x', 'x', 'x', producer),
      place(context.endpoint('rack'), 'x', 'r', 'z', 'g', producer),
      place(context.endpoint('zone'), '', '', 'z', 'g', producer),
      place(context.endpoint('region'), 'x', 'x', 'x', 'g', producer),
      place(context.endpoint('far'), 'x', 'x', 'x', 'x', producer),
      context.endpoint('unknown'),
    ]);
    return { context, scorer, peer, candidates };
  }

  test('is by the tightest place shared', () => {
    const { context, scorer, peer, candidates } = setUp();
    expect(scoresOf(context, scorer, { peer, candidates })).toEqual([1, 0.2, 0.05, 0.02, 0, 0]);
  });

  test('reads the extractor it is told', () => {
    const { context, scorer, peer, candidates } = setUp({ topologyProducerName: 'own' }, 'own');
    expect(scoresOf(context, scorer, { peer, candidates })[0]).toBe(1);
  });

  test('is 0 without a peer or when nothing is known of it', () => {
    const { context, scorer, candidates } = setUp();
    expect(scoresOf(context, scorer, { candidates })).toEqual([0, 0, 0, 0, 0, 0]);
    expect(scoresOf(context, scorer, { candidates, peer: context.endpoints.get('default/unknown')! })).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('unknown places are not equal places', () => {
    const { context, scorer } = make('topology-affinity-scorer');
    const peer = place(context.endpoint('peer'), '', '', '', '');
    expect(scoresOf(context, scorer, { peer })).toEqual([0]);
  });
});
