import { dataName } from '../../../src/plugin';
import { TestContext } from '../../support/context';
import { builtIn, filtered } from '../../support/scheduling';

const places = {
  peer: { hostname: 'h1', rack: 'r1', zone: 'z1', region: 'e1' },
  host: { hostname: 'h1', rack: '', zone: '', region: '' },
  rack: { hostname: 'h2', rack: 'r1', zone: 'z9', region: 'e9' },
  zone: { hostname: 'h3', rack: 'r2', zone: 'z1', region: 'e1' },
  region: { hostname: 'h4', rack: 'r4', zone: 'z4', region: 'e1' },
  far: { hostname: 'h5', rack: 'r5', zone: 'z5', region: 'e5' },
  nowhere: { hostname: '', rack: '', zone: '', region: '' },
};

function pool(producer = 'topology-extractor', only: readonly string[] = Object.keys(places)) {
  const context = new TestContext();
  for (const [name, place] of Object.entries(places)) {
    if (only.includes(name)) context.endpoint(name).facts.set(dataName('Topology', producer), place);
  }
  context.endpoint('unknown');
  return context;
}
const filter = (context: TestContext, parameters = {}, peer = 'peer') =>
  filtered(context, builtIn(context, 'topology-affinity-filter', parameters), { peer: context.endpoints.get(`default/${peer}`) });
const everything = [...Object.keys(places), 'unknown'];

test.each([
  ['host', ['peer', 'host']],
  ['rack', ['peer', 'host', 'rack']],
  ['zone', ['peer', 'host', 'rack', 'zone']],
  ['region', ['peer', 'host', 'rack', 'zone', 'region']],
])('minAffinity %s keeps %j', (minAffinity, expected) => {
  expect(filter(pool(), { minAffinity })).toEqual(expected);
});

test('the default is the host', () => {
  expect(filter(pool())).toEqual(['peer', 'host']);
});

test.each(['nobody', 'unknown'])('without the place of the peer (%s) all stay', (peer) => {
  expect(filter(pool(), {}, peer)).toEqual(everything);
});

test('empty places are not the same place: nothing is near, so all stay', () => {
  expect(filter(pool(), {}, 'nowhere')).toEqual(everything);
});

test('where no candidate is near, all stay', () => {
  const context = pool('topology-extractor', ['peer', 'far', 'rack']);
  const peer = context.endpoints.get('default/peer')!;
  const among = context.endpoints.all().filter((endpoint) => endpoint !== peer);
  expect(filtered(context, builtIn(context, 'topology-affinity-filter'), { peer, among })).toEqual(['rack', 'far', 'unknown']);
});

test('the producer can be named', () => {
  expect(filter(pool('mine'), { topologyProducerName: 'mine' })).toEqual(['peer', 'host']);
  expect(filter(pool('mine'))).toEqual(everything);
});
