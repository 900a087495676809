import * as apps from '@pulumi/kubernetes/apps/v1';
import * as core from '@pulumi/kubernetes/core/v1';
import * as pulumi from '@pulumi/pulumi';
import { GatewayProvider, InferenceGateway, ModelServing, PrefillDecodePair, type ServingChart, WideEPGroup } from 'cdk8s-llm-d';
import * as llmd from 'cdk8s-llm-d/pulumi';
import { Construct } from 'constructs';
import { type ProgramRun, type Registration, runProgram } from '../support';
import { urnOf } from './compare';

import { PAIR, ROUTER, SERVING, SURROUNDINGS, WIDE } from './samples';

// Each test runs whole programs, on machines that may be busy.
jest.setTimeout(120_000);

const provider = GatewayProvider.istio();
const match = { pathPrefix: '/pair' };

/** Everything in one stack. */
function asStack(options: llmd.ServingStackOptions = {}, name = 'llm'): void {
  const build = (chart: ServingChart) => {
    const gateway = new InferenceGateway(chart, 'gateway', { provider });
    gateway.addModel(new ModelServing(chart, 'qwen3', SERVING), ROUTER);
    gateway.addModel(new PrefillDecodePair(chart, 'pair', PAIR), { match, ...ROUTER });
    gateway.addModel(new WideEPGroup(chart, 'wide', WIDE), { match: { pathPrefix: '/wide' }, ...ROUTER });
  };
  new llmd.ServingStack(name, SURROUNDINGS, build, options);
}

/** The same as components. */
function asComponents(options: (name: string) => llmd.ComponentOptions = () => ({})): void {
  const models = [
    { servers: new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING }, options('qwen3')), ...ROUTER },
    { servers: new llmd.PrefillDecodePair('pair', { ...SURROUNDINGS, ...PAIR }, options('pair')), match, ...ROUTER },
    { servers: new llmd.WideEPGroup('wide', { ...SURROUNDINGS, ...WIDE }, options('wide')), match: { pathPrefix: '/wide' }, ...ROUTER },
  ];
  new llmd.InferenceGateway('gateway', { provider, models }, options('gateway'));
}

/** Pairs of identity in the cluster and URN. */
function urns(run: ProgramRun<unknown>, of: (one: Registration, run: ProgramRun<unknown>) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    run.objects.map((one) => {
      const { name, namespace } = one.inputs.metadata as { name: string; namespace?: string };
      return [`${one.token} ${namespace}/${name}`, of(one, run)];
    }),
  );
}

/** Every object of the new form has exactly the URN of the old form as its alias, and no URN of its own that the old form had. */
async function expectMoved(former: () => void, now: () => void): Promise<void> {
  const before = urns(await runProgram(former), (one, run) => [urnOf(run, one)]);
  const after = await runProgram(now);
  expect(urns(after, ({ aliases }) => aliases)).toEqual(before);
  expect(Object.keys(before).length).toBeGreaterThan(2);
  const kept = Object.values(urns(after, (one, run) => urnOf(run, one))).filter((urn) => Object.values(before).flat().includes(urn));
  expect(kept).toEqual([]);
}

describe('every object is taken over', () => {
  test('from a stack by components', async () => {
    await expectMoved(
      () => asStack(),
      () => asComponents(() => ({ objectOptions: llmd.movedFromStack('llm') })),
    );
  });

  test('from components by a stack', async () => {
    const objectOptions = llmd.movedFromComponents({
      qwen3: { kind: 'ModelServing' },
      pair: { kind: 'PrefillDecodePair' },
      wide: { kind: 'WideEPGroup' },
      gateway: { kind: 'InferenceGateway' },
    });
    await expectMoved(
      () => asComponents(),
      () => asStack({ objectOptions }),
    );
  });

  test('from and to forms below parents, with other names', async () => {
    const team = () => new pulumi.ComponentResource('test:index:Team', 'team');
    const nested = (parent: pulumi.Resource, options: llmd.ServingStackOptions = {}) =>
      new llmd.ServingStack('stack', SURROUNDINGS, (chart) => new ModelServing(new Construct(chart, 'chat'), 'qwen3', SERVING), {
        parent,
        ...options,
      });
    const single = (options: llmd.ComponentOptions) =>
      new llmd.ModelServing('serving', { ...SURROUNDINGS, ...SERVING, name: 'qwen3' }, options);
    await expectMovedFrom(
      () => nested(team()),
      () => {
        const parent = team();
        single({ objectOptions: llmd.movedFromStack('stack', { construct: 'chat/qwen3', parent }) });
      },
    );
    await expectMovedFrom(
      () => single({ parent: team() }),
      () => {
        const parent = team();
        nested(parent, { objectOptions: llmd.movedFromComponents({ 'chat/qwen3': { kind: 'ModelServing', name: 'serving', parent } }) });
      },
    );
    const urn = 'urn:pulumi:test::project::test:index:Team::team';
    await expectMovedFrom(
      () => nested(team()),
      () => single({ objectOptions: llmd.movedFromStack('stack', { construct: 'chat/qwen3', parent: urn }) }),
    );
  });

  test('from resources that were written by hand, typed or not, below a parent or not', async () => {
    const account = { metadata: { name: 'qwen3', namespace: 'llm' } };
    const run = await runProgram(() => {
      const parent = new pulumi.ComponentResource('test:index:Team', 'team');
      new apps.Deployment('old-qwen', { metadata: { name: 'qwen3-decode', namespace: 'llm' }, spec: { selector: {}, template: {} } });
      new core.ServiceAccount('old-account', account, { parent });
    });
    const objectOptions = llmd.movedFromResources({
      'Deployment/qwen3-decode': 'old-qwen',
      'ServiceAccount/qwen3': { name: 'old-account', parent: run.named('team').urn },
      'PodDisruptionBudget/qwen3-decode': { name: 'old-pdb', type: 'kubernetes:policy/v1beta1:PodDisruptionBudget' },
    });
    const component = await runProgram(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING }, { objectOptions }));
    const stack = await runProgram(
      () => new llmd.ServingStack('llm', SURROUNDINGS, (chart) => new ModelServing(chart, 'qwen3', SERVING), { objectOptions }),
    );
    for (const { objects } of [component, stack]) {
      expect(Object.fromEntries(objects.map(({ token, aliases }) => [token, aliases]))).toEqual({
        'kubernetes:apps/v1:Deployment': [run.named('old-qwen').urn],
        'kubernetes:core/v1:ServiceAccount': [run.named('old-account').urn],
        'kubernetes:policy/v1:PodDisruptionBudget': ['urn:pulumi:test::project::kubernetes:policy/v1beta1:PodDisruptionBudget::old-pdb'],
      });
    }
  });
});

async function expectMovedFrom(former: () => unknown, now: () => unknown): Promise<void> {
  await expectMoved(
    () => void former(),
    () => void now(),
  );
}

test('objects that nobody names are new', async () => {
  const named = llmd.movedFromComponents({ qwen: { kind: 'ModelServing' }, pair: { kind: 'PrefillDecodePair' } });
  const run = await runProgram(() => asStack({ objectOptions: named }));
  const moved = run.objects.filter(({ aliases }) => aliases.length > 0).map(({ name }) => name.split('/')[1]);
  expect(new Set(moved)).toEqual(new Set(['pair']));
});

test('with other object options, by a function of both', async () => {
  const moved = llmd.movedFromStack('llm');
  const objectOptions: llmd.ObjectOptions = (object) => ({ ...moved(object), protect: object.kind === 'Deployment' });
  const run = await runProgram(() => new llmd.ModelServing('qwen3', { ...SURROUNDINGS, ...SERVING }, { objectOptions }));
  expect(run.named('qwen3/Servers/Workload')).toMatchObject({
    protect: true,
    aliases: ['urn:pulumi:test::project::cdk8s-llm-d:index:ServingStack$kubernetes:apps/v1:Deployment::llm/qwen3/Servers/Workload'],
  });
});
