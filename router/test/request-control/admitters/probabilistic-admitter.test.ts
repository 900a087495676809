import { coreColumns } from '../../../src/plugin';
import type { ProbabilisticAdmitter } from '../../../src/request-control/admitters/probabilistic-admitter';
import { requestControlPlugins } from '../../../src/request-control/plugins';
import { request, seededRandom, TestContext } from '../../support/context';

const TYPE = 'probabilistic-admitter';

interface Load {
  readonly waiting: number;
  readonly kv: number;
}

function setUp(loads: readonly Load[], parameters = {}, random: () => number = seededRandom(7)) {
  const context = new TestContext({ random });
  const admitter = context.make<ProbabilisticAdmitter>(requestControlPlugins[TYPE]!, TYPE, parameters);
  for (const [i, { waiting, kv }] of loads.entries()) {
    const endpoint = context.endpoint(`pod-${i}`);
    context.set(coreColumns.waiting, endpoint, waiting);
    context.set(coreColumns.kvUsage, endpoint, kv);
  }
  const admit = (priority = -1): string | undefined => {
    const asked = request();
    asked.priority = priority;
    return admitter.admit(asked, context.candidates());
  };
  return { context, admit };
}

test('lets priority 0 and above in, always', () => {
  const { admit } = setUp([{ waiting: 1000, kv: 1 }], {}, () => 0);
  expect(admit(0)).toBeUndefined();
  expect(admit(5)).toBeUndefined();
  expect(admit(-1)).toBe('probabilistic-admitter: rejected, saturation=200.000 prob=1.00');
});

test('lets all in without load, without candidates', () => {
  expect(setUp([{ waiting: 0, kv: 0 }], {}, () => 0).admit()).toBeUndefined();
  expect(setUp([], {}, () => 0).admit()).toBeUndefined();
});

test('takes the greater of queue and cache, and the mean over endpoints', () => {
  // (max(2/10, 0.2/0.5) + max(8/10, 0.1/0.5)) / 2 = 0.6; 0.6^1 x 1 = 0.6
  const parameters = { queueDepthThreshold: 10, kvCacheUtilThreshold: 0.5, power: 1, k: 1 };
  const loads = [
    { waiting: 2, kv: 0.2 },
    { waiting: 8, kv: 0.1 },
  ];
  expect(setUp(loads, parameters, () => 0.59).admit()).toMatch(/saturation=0.600 prob=0.60/);
  expect(setUp(loads, parameters, () => 0.61).admit()).toBeUndefined();
});

test('refuses in proportion to the probability', () => {
  // 0.2^5 x 300 = 0.096
  const { admit } = setUp([{ waiting: 1, kv: 0 }]);
  let refused = 0;
  for (let i = 0; i < 20_000; i++) if (admit() !== undefined) refused++;
  expect(refused / 20_000).toBeGreaterThan(0.088);
  expect(refused / 20_000).toBeLessThan(0.104);
});

test('refuses all from a saturation of 0.32 on with the defaults', () => {
  const { admit } = setUp([{ waiting: 0, kv: 0.32 * 0.8 }], {}, () => 0.999999);
  expect(admit()).toBeDefined();
});

test('counts an endpoint that was never scraped as idle', () => {
  const { context, admit } = setUp([{ waiting: 5, kv: 0 }], { power: 1, k: 1 }, () => 0.4);
  expect(admit()).toMatch(/saturation=1.000/);
  context.endpoint('new');
  expect(admit()).toMatch(/saturation=0.500/);
  context.endpoints.remove('default/pod-0');
  expect(admit()).toBeUndefined();
});
