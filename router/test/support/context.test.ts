import type { Plugin, PluginContext } from '../../src/plugin';
import { request, seededRandom, TestContext } from './context';

class Holder implements Plugin {
  constructor(readonly context: PluginContext) {}
}

describe('TestContext', () => {
  it('gives a plugin its parameters with defaults, and others to it by name', () => {
    const context = new TestContext({ settings: { poolName: 'other' } });
    const picker = context.make<Holder>((given) => new Holder(given), 'max-score-picker');
    expect(picker.context.parameters).toEqual({ maxNumOfEndpoints: 1 });
    expect(picker.context.settings).toMatchObject({ poolName: 'other', poolNamespace: 'default' });
    expect(picker.context.plugin('max-score-picker')).toBe(picker);
    expect(() => picker.context.plugin('nobody')).toThrow('no plugin "nobody"');
  });

  it('adds endpoints with addresses of their own', () => {
    const context = new TestContext();
    const hosts = context.pods(1000, (index) => ({ index: String(index) })).map(({ host }) => host);
    expect(new Set(hosts).size).toBe(1000);
    expect(context.endpoints.get('default/pod-999')?.metadata.labels).toEqual({ index: '999' });
    expect(context.names(context.candidates()).slice(0, 2)).toEqual(['pod-0', 'pod-1']);
  });

  it('writes columns and keeps log lines', () => {
    const context = new TestContext();
    const [pod] = context.pods(1);
    context.set('load', pod!, 3);
    expect(context.endpoints.existingColumn('load')?.at(pod!.slot)).toBe(3);
    context.contextOf('queue-scorer').log.warn({ slot: 1 }, 'odd');
    expect(context.log.lines).toEqual([{ level: 'warn', fields: { slot: 1 }, message: 'odd' }]);
    expect(context.log.messages('warn')).toEqual(['odd']);
  });
});

describe('request', () => {
  it('reads the model and the stream flag from the body', () => {
    const made = request({ body: { model: 'm', stream: true }, headers: { 'X-Id': '1' }, api: 'chat' });
    expect([made.targetModel, made.body.stream, made.body.api, made.headers.get('x-id')]).toEqual(['m', true, 'chat', '1']);
  });
});

it('repeats random numbers for a seed and spreads them', () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const mean = draw(7).reduce((sum, value) => sum + value, 0) / 1000;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});
