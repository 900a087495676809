import { instantiate } from '../../src/config/instantiate';
import type { Plugin, PluginContext } from '../../src/plugin';
import { effective, runtimeEnvironment } from '../support/runtime';

const own = (name: string) => ({ name, type: 'module', path: './plugin.mjs' });

test('names the plugin when its module can not be loaded, and keeps what was made', async () => {
  const config = effective({ plugins: [{ type: 'queue-scorer' }, own('mine')] });
  const made = new Map<string, Plugin>();
  const load = () => Promise.reject(new Error('plugin "mine": no such file'));
  await expect(instantiate(config, runtimeEnvironment(), load, made)).rejects.toThrow('plugin "mine": no such file');
  expect([...made.keys()]).toEqual(['queue-scorer']);
});

test('names the plugin and its type when its factory throws', async () => {
  const config = effective({ plugins: [own('mine')] });
  const load = async () => () => {
    throw new Error('a threshold is missing');
  };
  await expect(instantiate(config, runtimeEnvironment(), load)).rejects.toThrow(
    'plugin "mine" of type "module" can not be created: a threshold is missing',
  );
});

test('a plugin gets those made before it, and is told of others', async () => {
  const config = effective({ plugins: [{ type: 'queue-scorer' }, own('first'), own('second')] });
  const seen: unknown[] = [];
  const load = async () => (context: PluginContext) => {
    if (context.name === 'first') {
      seen.push(context.plugin('queue-scorer').constructor.name);
      expect(() => context.plugin('second')).toThrow('plugin "first" needs plugin "second", which is not created before it');
    } else seen.push([...context.plugins().keys()]);
    return {};
  };
  await instantiate(config, runtimeEnvironment(), load);
  expect(seen).toEqual(['QueueScorer', ['queue-scorer', 'first']]);
});

test('a type that is not part of the router is an error', async () => {
  const config = effective({ plugins: [{ type: 'queue-scorer' }] });
  const foreign = { ...config, plugins: config.plugins.map((plugin) => ({ ...plugin, type: 'of-a-fork' })) };
  await expect(instantiate(foreign, runtimeEnvironment(), () => Promise.reject())).rejects.toThrow(
    'plugin "queue-scorer": type "of-a-fork" is not part of this router',
  );
});
