import { Flags } from '../../src/config/flags';
import { createPoolSource, poolIdentity } from '../../src/process/pool-source';
import { effective, runtimeEnvironment } from '../support/runtime';

const selector = ['--endpoint-selector=app=vllm', '--endpoint-target-ports=8000'];

test.each([
  [['--pool-name=mine', '--pool-namespace=here'], { NAMESPACE: 'there' }, 'mine', 'here'],
  [['--pool-name=mine'], { NAMESPACE: 'there' }, 'mine', 'there'],
  [['--pool-name=mine'], {}, 'mine', 'default'],
  [selector, { POD_NAME: 'my-epp-5d4f8c7b9-x2x4z' }, 'my-epp', 'default'],
] as const)('%j with %j is a pool', (args, env, name, namespace) => {
  expect(poolIdentity(Flags.parse(args), env)).toEqual({ name, namespace, group: 'inference.networking.k8s.io' });
});

test('with a discovery plugin there is no cluster, nobody to ask, and this replica leads', async () => {
  const config = effective({
    plugins: [{ type: 'file-discovery', parameters: { path: '/none' } }, { type: 'queue-scorer' }],
    dataLayer: { discovery: { pluginRef: 'file-discovery' } },
  });
  const { endpoints, clock, log } = runtimeEnvironment();
  const source = await createPoolSource(Flags.parse(['--pool-name=mine']), {}, config, endpoints, clock, log);
  await source.start();
  expect(source.leads()).toBe(true);
  expect([source.pool.name, source.pool.namespace, source.pool.notSynced()]).toEqual(['mine', 'default', undefined]);
  expect([source.authorizer, source.objectWatch]).toEqual([undefined, undefined]);
  await source.resign();
  await source.stop();
});
