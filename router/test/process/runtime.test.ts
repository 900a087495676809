import type { Plugin, PluginContext } from '../../src/plugin';
import { Runtime } from '../../src/process/runtime';
import { addEndpoint, askRuntime, effective, runtimeEnvironment } from '../support/runtime';

const own = (name: string) => ({ name, type: 'module', path: `./${name}.mjs` });

/** Plugins that note their life; `faults` throw there. */
function notingPlugins(faults: Readonly<Record<string, 'create' | 'start' | 'stop'>> = {}) {
  const notes: string[] = [];
  const make = ({ name }: Pick<PluginContext, 'name'>): Plugin => {
    const note = (step: 'create' | 'start' | 'stop'): void => {
      notes.push(`${step} ${name}`);
      if (faults[name] === step) throw new Error(`${step} of ${name} failed`);
    };
    note('create');
    return { start: () => note('start'), stop: () => note('stop') };
  };
  return { notes, environment: runtimeEnvironment({ loadModule: async () => make }) };
}

/** The plugins are in no profile, so nothing is asked of them. */
const config = effective({
  plugins: [own('a'), own('b'), own('c'), { type: 'random-picker' }],
  schedulingProfiles: [{ name: 'default', plugins: [{ pluginRef: 'random-picker' }] }],
  dataLayer: { injectDefaults: false },
});

test('plugins start in their order and stop in the other one, once', async () => {
  const { notes, environment } = notingPlugins();
  const runtime = await Runtime.start(config, environment);
  await Promise.all([runtime.stop(), runtime.stop()]);
  expect(notes).toEqual([...['create a', 'create b', 'create c', 'start a', 'start b', 'start c'], ...['stop c', 'stop b', 'stop a']]);
});

test('a plugin that can not be made stops those before it', async () => {
  const { notes, environment } = notingPlugins({ c: 'create' });
  await expect(Runtime.start(config, environment)).rejects.toThrow('plugin "c" of type "module" can not be created: create of c failed');
  expect(notes).toEqual(['create a', 'create b', 'create c', 'stop b', 'stop a']);
});

test('a plugin that does not start stops all', async () => {
  const { notes, environment } = notingPlugins({ b: 'start' });
  await expect(Runtime.start(config, environment)).rejects.toThrow('plugin "b" did not start: start of b failed');
  expect(notes.slice(3)).toEqual(['start a', 'start b', 'stop c', 'stop b', 'stop a']);
});

test('a plugin that does not stop is logged and keeps no other from it', async () => {
  const { notes, environment } = notingPlugins({ b: 'stop' });
  const runtime = await Runtime.start(config, environment);
  await runtime.stop();
  expect(notes.slice(-3)).toEqual(['stop c', 'stop b', 'stop a']);
  expect(environment.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { fields: { plugin: 'b' }, message: 'a plugin did not stop' },
  ]);
});

test('listeners of a configuration that failed or ended do not stay at the table', async () => {
  const { environment } = notingPlugins({ b: 'start' });
  const listening = jest.spyOn(environment.endpoints, 'view');
  await expect(Runtime.start(config, environment)).rejects.toThrow();
  const view = listening.mock.results[0]?.value;
  const release = jest.spyOn(view, 'release');
  const added = jest.fn();
  view.listen({ added });
  view.release();
  addEndpoint(environment.endpoints, 'pod', 1);
  expect([added.mock.calls.length, release.mock.calls.length]).toEqual([0, 1]);
});

test('one that is replaced ends with its last stream, whenever that is', async () => {
  const { notes, environment } = notingPlugins();
  addEndpoint(environment.endpoints, 'pod', 8000);
  const runtime = await Runtime.start(config, environment);
  const [first, second] = [await askRuntime(runtime, 'one'), await askRuntime(runtime, 'two')];
  let ended = false;
  const retired = runtime.retire().then(() => {
    ended = true;
  });
  first.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([ended, notes.includes('stop a')]).toEqual([false, false]);
  // Its plugins still see the answer.
  second.responseHeaders({ ':status': '200' }).responseBody('{}', true);
  expect(second.all('response_body')).toHaveLength(1);
  second.close();
  await retired;
  expect(notes).toContain('stop a');
});

test('one that is replaced and has no stream ends at once', async () => {
  const { notes, environment } = notingPlugins();
  const runtime = await Runtime.start(config, environment);
  await runtime.retire();
  expect(notes.at(-1)).toBe('stop a');
});

test('it says which plugin is not ready and that a pool speaks another protocol', async () => {
  const environment = runtimeEnvironment({ loadModule: async () => () => ({ notReady: () => 'still warming up' }) });
  const runtime = await Runtime.start(config, environment);
  expect(runtime.notReady()).toBe('plugin "a": still warming up');
  expect(runtime.state()).toContainEqual({ name: 'a', type: 'module', parameters: {}, notReady: 'still warming up' });
  await runtime.stop();
  const { environment: other } = notingPlugins();
  const httpPool = { ...other.pool, appProtocol: 'http' };
  const parsers = { requestHandler: { parsers: [{ pluginRef: 'vllmgrpc-parser' }] } };
  const grpcOnly = await Runtime.start(effective({ plugins: [{ type: 'random-picker' }], ...parsers }), { ...other, pool: httpPool });
  expect(grpcOnly.notReady()).toContain("the pool's appProtocol http is not spoken");
  await grpcOnly.stop();
});
