import { mkdir, mkdtemp, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDiscovery } from '../../../src/datalayer/discovery/discovery';
import { type FileDiscovery, largestFile } from '../../../src/datalayer/discovery/file-discovery';
import { FileWatch } from '../../../src/datalayer/discovery/file-watch';
import { dataLayerPlugins } from '../../../src/datalayer/plugins';
import { TestContext } from '../../support/context';
import { eventually } from '../../support/datalayer';

let directory: string;
let path: string;
const running: FileDiscovery[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'endpoints-'));
  path = join(directory, 'endpoints.yaml');
});

afterEach(async () => {
  for (const discovery of running.splice(0)) discovery.stop();
  await rm(directory, { recursive: true });
});

const fileOf = (...names: string[]): string =>
  JSON.stringify({ endpoints: names.map((name, i) => ({ name, address: `10.0.0.${i + 1}`, port: '8000' })) });

function setup(parameters = {}, type = 'file-discovery') {
  const context = new TestContext();
  const discovery = context.make<FileDiscovery>(dataLayerPlugins[type]!, type, { path, ...parameters });
  running.push(discovery);
  const events: string[] = [];
  context.endpoints.listen({
    added: ({ metadata }) => events.push(`+${metadata.name}`),
    updated: ({ metadata }) => events.push(`~${metadata.name}`),
    removed: ({ metadata }) => events.push(`-${metadata.name}`),
  });
  return { context, discovery, events, table: context.endpoints };
}

test('is a discovery', () => {
  expect(isDiscovery(setup().discovery)).toBe(true);
  expect(isDiscovery({})).toBe(false);
  expect(isDiscovery(undefined)).toBe(false);
});

test('puts the endpoints into the table', async () => {
  await writeFile(path, fileOf('a', 'b'));
  const { discovery, events, table } = setup();
  expect(discovery.notSynced()).toContain('has not been read yet');
  await discovery.discover(table);
  expect(discovery.notSynced()).toBeUndefined();
  expect(events).toEqual(['+a', '+b']);
  expect(table.get('default/b')?.host).toBe('10.0.0.2:8000');
});

describe('at the start', () => {
  test.each([
    ['a missing file', undefined, /ENOENT/],
    ['an unreadable text', 'endpoints: [', /endpoints file/],
    ['one bad entry', JSON.stringify({ endpoints: [{ name: 'a', address: 'x', port: '1' }] }), /endpoints\[0\] \(a\): address "x"/],
    ['a file that is too large', `# ${'x'.repeat(largestFile)}`, /larger than 1048576 bytes/],
  ])('%s is an error', async (_, text, reason) => {
    if (text !== undefined) await writeFile(path, text);
    const { discovery, events, table } = setup({ watchFile: true });
    await expect(discovery.discover(table)).rejects.toThrow(reason);
    expect(discovery.notSynced()).toBeDefined();
    expect(events).toEqual([]);
  });

  test('a file of exactly 1 MiB is read', async () => {
    const text = fileOf('a');
    await writeFile(path, text + ' '.repeat(largestFile - text.length));
    const { discovery, events, table } = setup();
    await discovery.discover(table);
    expect(events).toEqual(['+a']);
  });

  test('no path is an error', () => {
    expect(() => setup({ path: '' })).toThrow('path is required');
  });
});

describe('a reload', () => {
  test('touches only what has changed', async () => {
    await writeFile(path, fileOf('a', 'b', 'c'));
    const { discovery, events, table } = setup();
    await discovery.discover(table);
    events.length = 0;
    const labelled = { name: 'b', address: '10.0.0.2', port: '8000', labels: { x: 'y' } };
    const moved = { name: 'c', address: '10.0.0.33', port: '8000' };
    await writeFile(
      path,
      JSON.stringify({ endpoints: [{ name: 'a', address: '10.0.0.1', port: '8000' }, labelled, moved, { ...moved, name: 'd' }] }),
    );
    await discovery.reload(table);
    expect(events).toEqual(['~b', '-c', '+c', '+d']);
    events.length = 0;
    await writeFile(path, fileOf('a'));
    await discovery.reload(table);
    expect(events).toEqual(['-b', '-c', '-d']);
  });

  test('leaves bad entries out and says so', async () => {
    await writeFile(path, fileOf('a', 'b'));
    const { context, discovery, events, table } = setup();
    await discovery.discover(table);
    events.length = 0;
    await writeFile(
      path,
      JSON.stringify({
        endpoints: [
          { name: 'a', address: 'bad', port: '8000' },
          { name: 'n', address: '10.0.0.7', port: '1' },
        ],
      }),
    );
    await discovery.reload(table);
    expect(events).toEqual(['-a', '-b', '+n']);
    expect(context.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.reason)).toEqual([
      'endpoints[0] (a): address "bad" is no IPv4 address',
    ]);
  });

  test.each([
    ['can not be parsed', async () => writeFile(path, 'endpoints: [')],
    ['is gone', async () => unlink(path)],
    ['is too large', async () => writeFile(path, 'x'.repeat(largestFile + 1))],
  ])('of a file that %s changes nothing and says so', async (_, change) => {
    await writeFile(path, fileOf('a'));
    const { context, discovery, events, table } = setup();
    await discovery.discover(table);
    await change();
    await discovery.reload(table);
    expect(events).toEqual(['+a']);
    expect(context.log.messages('error')).toEqual(['the endpoints file can not be read, the endpoints stay as they were']);
  });

  test('does nothing after the stop', async () => {
    await writeFile(path, fileOf('a'));
    const { discovery, events, table } = setup();
    await discovery.discover(table);
    discovery.stop();
    await writeFile(path, fileOf('b'));
    await discovery.reload(table);
    expect(events).toEqual(['+a']);
  });
});

test('a second discovery over the same table takes over what the first one has left', async () => {
  await writeFile(path, fileOf('a', 'b'));
  const first = setup();
  await first.discovery.discover(first.table);
  await writeFile(path, fileOf('a', 'c'));
  const second = setup();
  await second.discovery.discover(first.table);
  expect(first.events).toEqual(['+a', '+b', '-b', '+c']);
});

describe('with watchFile', () => {
  async function watched() {
    const all = setup({ watchFile: true });
    await all.discovery.discover(all.table);
    return all;
  }

  test('a file that is written in place is read again', async () => {
    await writeFile(path, fileOf('a'));
    const { events } = await watched();
    await writeFile(path, fileOf('b'));
    await eventually(() => events.length === 3, 'reload');
    expect(events).toEqual(['+a', '-a', '+b']);
  });

  test('a file that is replaced again and again is read each time', async () => {
    await writeFile(path, fileOf('a'));
    const { events } = await watched();
    for (const name of ['b', 'c']) {
      await writeFile(`${path}.new`, fileOf(name));
      await rename(`${path}.new`, path);
      await eventually(() => events.at(-1) === `+${name}`, name);
    }
    expect(events).toEqual(['+a', '-a', '+b', '-b', '+c']);
  });

  test('a mounted ConfigMap is read again when its link moves', async () => {
    const release = async (name: string, endpoint: string): Promise<void> => {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, 'endpoints.yaml'), fileOf(endpoint));
      await symlink(name, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    await release('..1', 'a');
    await symlink('..data/endpoints.yaml', path);
    const { events } = await watched();
    await release('..2', 'b');
    expect(await readlink(join(directory, '..data'))).toBe('..2');
    await eventually(() => events.at(-1) === '+b', 'reload');
    expect(events).toEqual(['+a', '-a', '+b']);
  });

  test('a file that is gone for a while keeps the endpoints', async () => {
    await writeFile(path, fileOf('a'));
    const { context, events } = await watched();
    await unlink(path);
    await eventually(() => context.log.messages('error').length === 1, 'complaint');
    await writeFile(path, fileOf('a', 'b'));
    await eventually(() => events.length === 2, 'reload');
    expect(events).toEqual(['+a', '+b']);
  });
});

describe('the watch', () => {
  test('waits until a file is no longer being written', async () => {
    await writeFile(path, '1');
    let changes = 0;
    const watch = new FileWatch(path, async () => {
      changes++;
    });
    await watch.note();
    const look = async (): Promise<number> => {
      await watch.look();
      return changes;
    };
    expect([await look(), await look()]).toEqual([0, 0]);
    for (const text of ['12', '123', '1234']) {
      await writeFile(path, text);
      expect(await look()).toBe(0);
    }
    expect([await look(), await look()]).toEqual([1, 1]);
    await unlink(path);
    expect([await look(), await look(), await look()]).toEqual([1, 2, 2]);
  });
});

test('without watchFile the file is read once', async () => {
  await writeFile(path, fileOf('a'));
  const { discovery, events, table } = setup();
  await discovery.discover(table);
  await writeFile(path, fileOf('b'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(events).toEqual(['+a']);
});

test('routers of other clusters may have host names', async () => {
  await writeFile(path, JSON.stringify({ endpoints: [{ name: 'east', address: 'east.example', port: '443' }] }));
  const { discovery, table } = setup({}, 'multicluster-file-discovery');
  await discovery.discover(table);
  expect(table.get('default/east')?.host).toBe('east.example:443');
});
