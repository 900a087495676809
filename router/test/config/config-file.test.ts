import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigFileWatch } from '../../src/config/config-file';
import { RecordingLog } from '../support/context';

let folder: string;
let file: string;
let watch: ConfigFileWatch;
let log: RecordingLog;
const changed = jest.fn<Promise<void>, []>();

beforeEach(() => {
  jest.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-watch-'));
  file = join(folder, 'config.yaml');
  writeFileSync(file, 'first');
  changed.mockReset().mockResolvedValue(undefined);
  log = new RecordingLog();
  watch = new ConfigFileWatch(file, changed, log);
});

afterEach(() => {
  watch.stop();
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** Lets the next call last until the returned function is called. */
function holdNextCall(): () => void {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  changed.mockReturnValueOnce(held);
  return () => finish();
}

const pass = (seconds: number): Promise<void> => jest.advanceTimersByTimeAsync(seconds * 1000);

test('a file that stays calls nobody', async () => {
  watch.start();
  await pass(5);
  expect(changed).not.toHaveBeenCalled();
});

test('a change between the making of the watch and its start counts', async () => {
  writeFileSync(file, 'second one');
  watch.start();
  await pass(1);
  expect(changed).toHaveBeenCalledTimes(1);
});

test.each<[string, () => void]>([
  ['written in place', () => writeFileSync(file, 'another')],
  [
    'replaced by a rename with as many bytes',
    () => {
      writeFileSync(join(folder, 'draft'), 'secon');
      renameSync(join(folder, 'draft'), file);
    },
  ],
])('a file that is %s is noticed once', async (_, change) => {
  watch.start();
  await pass(2);
  change();
  await pass(5);
  expect(changed).toHaveBeenCalledTimes(1);
});

test('the swap of the symbolic link of a ConfigMap is noticed', async () => {
  const mount = join(folder, 'mount');
  const version = (name: string, text: string): void => {
    mkdirSync(join(mount, name), { recursive: true });
    writeFileSync(join(mount, name, 'config.yaml'), text);
  };
  version('..2026_1', 'one');
  version('..2026_2', 'two');
  symlinkSync('..2026_1', join(mount, '..data'));
  symlinkSync('..data/config.yaml', join(mount, 'config.yaml'));
  const mounted = new ConfigFileWatch(join(mount, 'config.yaml'), changed, log);
  mounted.start();
  await pass(2);
  symlinkSync('..2026_2', join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  await pass(3);
  mounted.stop();
  expect(changed).toHaveBeenCalledTimes(1);
});

test('a file that is away for a while is no change, its return as another one is', async () => {
  watch.start();
  unlinkSync(file);
  await pass(3);
  expect(changed).not.toHaveBeenCalled();
  writeFileSync(file, 'other text');
  await pass(1);
  expect(changed).toHaveBeenCalledTimes(1);
});

test('a change during a call waits for its end, and is not lost', async () => {
  const finish = holdNextCall();
  watch.start();
  writeFileSync(file, 'second one');
  await pass(1);
  writeFileSync(file, 'and the third one');
  await pass(10);
  expect(changed).toHaveBeenCalledTimes(1);
  finish();
  await pass(2);
  expect(changed).toHaveBeenCalledTimes(2);
});

test('a call that fails is logged and ends nothing', async () => {
  changed.mockRejectedValueOnce(new Error('no'));
  watch.start();
  writeFileSync(file, 'second one');
  await pass(1);
  expect(log.messages('error')).toEqual(['the change of the configuration failed']);
  writeFileSync(file, 'and the third one');
  await pass(1);
  expect(changed).toHaveBeenCalledTimes(2);
});

test('after the stop, even during a call, there are no more looks', async () => {
  const finish = holdNextCall();
  watch.start();
  writeFileSync(file, 'second one');
  await pass(1);
  watch.stop();
  finish();
  writeFileSync(file, 'and the third one');
  await pass(5);
  expect(changed).toHaveBeenCalledTimes(1);
  expect(jest.getTimerCount()).toBe(0);
});
