import type { EffectiveConfig } from 'llm-d-epp-config';
import { Flags } from '../../src/config/flags';
import { EndpointTable } from '../../src/plugin';
import { createPoolSource, poolIdentity } from '../../src/process/pool-source';
import { LabelLimits } from '../../src/telemetry/bounded-label';
import { FakeClock, RecordingLog } from '../support/context';

const pool = ['--pool-name=pool'];
const selector = ['--endpoint-selector=app=vllm', '--endpoint-target-ports=8000'];
const GROUP = 'inference.networking.k8s.io';

test.each([
  [pool, {}, { name: 'pool', namespace: 'default', group: GROUP }],
  [pool, { NAMESPACE: 'env' }, { name: 'pool', namespace: 'env', group: GROUP }],
  [[...pool, '--pool-namespace=flag', '--pool-group=g'], { NAMESPACE: 'env' }, { name: 'pool', namespace: 'flag', group: 'g' }],
  [selector, { POD_NAME: 'my-epp-7d9c5b8f6d-x2x4z' }, { name: 'my-epp', namespace: 'default', group: GROUP }],
  [selector, { POD_NAME: 'oddly.named' }, { name: 'oddly.named', namespace: 'default', group: GROUP }],
])('flags %j with %j name the pool %j', (flags, env, identity) => {
  expect(poolIdentity(Flags.parse(flags), env)).toEqual(identity);
});

describe('the source', () => {
  const create = (config: object): ReturnType<typeof createPoolSource> => {
    const env = { HOME: '/nonexistent' };
    const table = new EndpointTable();
    return createPoolSource(
      Flags.parse(pool),
      env,
      config as EffectiveConfig,
      table,
      new LabelLimits(),
      new FakeClock(),
      new RecordingLog(),
    );
  };

  test('with file discovery needs no cluster, leads always and lets everybody read metrics', async () => {
    const source = await create({ dataLayer: { discovery: 'file-discovery' } });
    await source.start();
    expect(source.leads()).toBe(true);
    expect(source.authorizer).toBeUndefined();
    expect(source.pool.notSynced()).toBeUndefined();
    expect(source.pool.name).toBe('pool');
    await source.resign();
    await source.stop();
  });

  test('without it, and without a cluster, can not be made', async () => {
    await expect(create({ dataLayer: {} })).rejects.toThrow(/no cluster/);
  });
});
