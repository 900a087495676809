import { Admitter } from '../../lib/routing/admitter';
import { checkRendered } from '../../lib/routing/check-rendered';
import { Filter } from '../../lib/routing/filter';
import { moduleFindings } from '../../lib/routing/modules';
import { renderConfig } from '../../lib/routing/render-config';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { Scorer } from '../../lib/routing/scorer';
import { codeOf } from '../router/fixtures';
import { thrownBy } from '../support/errors';
import { AGGREGATED, SPLIT } from './servers';

const PATH = '/app/plugins/night-shift.mjs';
const NIGHT = new Map([['night-shift', PATH]]);
const night = { type: 'module', name: 'night-shift', path: PATH };

const render = (strategy: RoutingStrategy, modules?: ReadonlyMap<string, string>, servers = AGGREGATED) =>
  renderConfig(strategy, servers, { version: 'v0.10.0', ...(modules === undefined ? {} : { modules }) });
const problems = (config: unknown) => checkRendered(config, 'v0.10.0', [], '', true);
const pluginsOf = (config: ReturnType<typeof render>) => config.schedulingProfiles?.[0]?.plugins ?? [];
const modulesIn = (config: ReturnType<typeof render>) => config.plugins.filter(({ type }) => type === 'module');

test('a scorer of the image is declared with its file, and weighed where the strategy names it', () => {
  const config = render(RoutingStrategy.loadAware().withScorer(Scorer.module('night-shift', 3, { parameters: { from: 22 } })), NIGHT);
  expect(modulesIn(config)).toEqual([{ ...night, parameters: { from: 22 } }]);
  expect(pluginsOf(config).at(-1)).toEqual({ pluginRef: 'night-shift', weight: 3 });
  expect(problems(config)).toEqual([]);
});

test('weight and parameters have their defaults', () => {
  const scorer = Scorer.module('night-shift');
  expect([scorer.weight, scorer.parameters, scorer.name, scorer.type]).toEqual([1, {}, 'night-shift', 'module']);
  expect(codeOf(() => Scorer.module('night-shift', -1))).toBe('LLMD503');
});

test('a filter of the image stands before the scorers and has no weight', () => {
  const config = render(RoutingStrategy.loadAware().withFilter(Filter.module('night-shift')), NIGHT);
  expect(modulesIn(config)).toEqual([night]);
  expect(pluginsOf(config)[0]).toEqual({ pluginRef: 'night-shift' });
  expect(problems(config)).toEqual([]);
});

test('one module that filters and scores is one instance', () => {
  const strategy = RoutingStrategy.loadAware()
    .withFilter(Filter.module('night-shift', { parameters: { drop: true } }))
    .withScorer(Scorer.module('night-shift', 2, { parameters: { from: 22 } }));
  const config = render(strategy, NIGHT);
  expect(modulesIn(config)).toEqual([{ ...night, parameters: { drop: true, from: 22 } }]);
  expect(pluginsOf(config).filter(({ pluginRef }) => pluginRef === 'night-shift')).toEqual([{ pluginRef: 'night-shift', weight: 2 }]);
});

test('one module under two names is two instances of one file', () => {
  const strategy = RoutingStrategy.loadAware()
    .withScorer(Scorer.module('night-shift', 1, { parameters: { from: 22 } }))
    .withScorer(Scorer.module('night-shift', 2, { parameters: { from: 6 } }).named('morning'));
  const config = render(strategy, NIGHT);
  expect(modulesIn(config)).toEqual([
    { ...night, parameters: { from: 22 } },
    { ...night, name: 'morning', parameters: { from: 6 } },
  ]);
  expect(moduleFindings(strategy.parts, NIGHT, 'x')).toEqual([]);
});

test('two profiles may use it with parameters of their own', () => {
  const strategy = RoutingStrategy.prefillDecode()
    .withScorer(Scorer.module('night-shift', 1, { parameters: { from: 22 } }), { profile: 'prefill' })
    .withScorer(Scorer.module('night-shift', 2, { parameters: { from: 6 } }), { profile: 'decode' });
  const config = render(strategy, NIGHT, SPLIT);
  expect(modulesIn(config)).toEqual([
    { ...night, name: 'prefill-night-shift', parameters: { from: 22 } },
    { ...night, name: 'decode-night-shift', parameters: { from: 6 } },
  ]);
  expect(problems(config)).toEqual([]);
});

test('one that acts outside of the profiles is declared, and has a use', () => {
  const strategy = RoutingStrategy.loadAware().withAdmitter(Admitter.module('night-shift', { parameters: { from: 22 } }));
  const config = render(strategy, NIGHT);
  expect(modulesIn(config)).toEqual([{ ...night, parameters: { from: 22 } }]);
  expect(pluginsOf(config).map(({ pluginRef }) => pluginRef)).not.toContain('night-shift');
  expect(problems(config)).toEqual([]);
  expect(moduleFindings(strategy.parts, NIGHT, 'x')).toEqual([]);
});

test('a file in the container needs no image of ours', () => {
  const config = render(RoutingStrategy.loadAware().withScorer(Scorer.module('mine', 1, { path: '/plugins/mine.mjs' })));
  expect(modulesIn(config)).toEqual([{ type: 'module', name: 'mine', path: '/plugins/mine.mjs' }]);
});

test('LLMD576: a module that the image does not have is an error that names those it has', () => {
  const strategy = RoutingStrategy.loadAware().withScorer(Scorer.module('nihgt-shift'));
  expect(() => render(strategy, NIGHT)).toThrow(/LLMD576 strategy "load-aware" uses module "nihgt-shift".*\(it has night-shift\)/);
  expect(() => render(strategy)).toThrow(/LLMD576 .*\(it has none\)/);
});

test('LLMD574: a module that the strategy does not use is loaded all the same, and a finding', () => {
  const strategy = RoutingStrategy.loadAware().withScorer(Scorer.module('night-shift'));
  const modules = new Map([...NIGHT, ['spare', '/app/plugins/spare.mjs']]);
  const config = render(strategy, modules);
  expect(modulesIn(config)).toEqual([night, { type: 'module', name: 'spare', path: '/app/plugins/spare.mjs' }]);
  expect(problems(config)).toEqual([]);
  const [finding, ...more] = moduleFindings(strategy.parts, modules, 'app/router');
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ code: 'LLMD574', severity: 'warning', path: 'app/router' });
  expect(finding?.message).toContain(`add \`.withScorer(Scorer.module('spare', 1))\``);
});

test('a module that takes the name of another plugin is refused', () => {
  const strategy = RoutingStrategy.loadAware().withFilter(Filter.module('queue-scorer'));
  expect(codeOf(() => render(strategy, new Map([['queue-scorer', '/a.mjs']])))).toBe('LLMD509');
});

test('one name for two files is refused', () => {
  const strategy = RoutingStrategy.loadAware()
    .withFilter(Filter.module('a', { path: '/a.mjs' }))
    .withScorer(Scorer.module('a', 1, { path: '/b.mjs' }));
  expect(codeOf(() => render(strategy))).toBe('LLMD518');
});

describe('a configuration as written', () => {
  const custom = (plugin: object) =>
    RoutingStrategy.custom({
      plugins: [{ type: 'queue-scorer' }, plugin as { type: string }],
      schedulingProfiles: [{ name: 'default', plugins: [{ pluginRef: 'queue-scorer' }, { pluginRef: 'night-shift' }] }],
    });

  test('may leave the file of a module to the image', () => {
    const strategy = custom({ type: 'module', name: 'night-shift' });
    const config = render(strategy, NIGHT);
    expect(modulesIn(config)).toEqual([night]);
    expect(problems(config)).toEqual([]);
    expect(moduleFindings(strategy.parts, NIGHT, 'x')).toEqual([]);
  });

  test('keeps the file that it names, and is told of those it does not use', () => {
    const strategy = custom({ type: 'module', name: 'night-shift', path: '/elsewhere.mjs' });
    expect(modulesIn(render(strategy, NIGHT))).toEqual([{ ...night, path: '/elsewhere.mjs' }]);
    expect(moduleFindings(strategy.parts, NIGHT, 'x').map(({ code }) => code)).toEqual(['LLMD574']);
  });

  test('LLMD576: names a module that the image does not have', () => {
    const strategy = custom({ type: 'module', name: 'nihgt-shift' });
    const { code, detail } = thrownBy(() => render(strategy, NIGHT));
    expect(code).toBe('LLMD576');
    expect(detail).toContain('strategy "custom" uses module "nihgt-shift", which the router image does not have (it has night-shift)');
  });

  test('without a file for its module is an error of the configuration', () => {
    const [finding] = problems(render(custom({ type: 'module', name: 'night-shift' })));
    expect(finding?.message).toContain('EPP004 plugins[1].path');
  });
});

test.each([
  ['an empty name', () => Scorer.module('')],
  ['a blank name', () => Filter.module(' ')],
  ['no name', () => Scorer.module(undefined as never)],
  ['a number', () => Scorer.module(3 as never)],
  ['an empty path', () => Filter.module('a', { path: '' })],
])('%s is refused', (_, make) => {
  expect(codeOf(make)).toBe('LLMD107');
});
