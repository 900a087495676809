import type { Command } from '../../lib/cli/command';
import { COMMANDS } from '../../lib/cli/commands';
import { fail } from '../../lib/validation/error';
import { runCli } from '../support/cli';

const runner =
  (commands: readonly Command[]) =>
  (...argv: string[]) =>
    runCli(argv, { cwd: '/somewhere', env: { A: 'b' }, commands });

const echo: Command = {
  name: 'echo',
  usage: '<words>',
  summary: 'says it again',
  run: async (argv, { cwd, env, stdout }) => {
    stdout(JSON.stringify([argv, cwd, env]));
    return argv.length;
  },
};
const broken: Command = {
  name: 'broken',
  usage: '',
  summary: 'fails',
  run: async ([how]) => (how === 'ours' ? fail('LLMD541', { given: 'x y' }) : Promise.reject(new TypeError('no such thing'))),
};
const run = runner([echo, broken]);

test('a command gets what follows its name, its help too, and its exit code is that of the process', async () => {
  expect(await run('echo', 'a', '--help')).toEqual({ code: 2, out: '[["a","--help"],"/somewhere",{"A":"b"}]', err: '' });
  expect((await run('echo')).code).toBe(0);
});

test.each(['--help', '-h', 'help'])('%s lists every command on stdout', async (word) => {
  const { code, out, err } = await run(word);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('  echo <words>\n      says it again\n');
  expect(out).toContain('broken');
});

test('without a command the help is an error', async () => {
  const { code, out, err } = await run();
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('Usage: cdk8s-llm-d <command>');
});

test('--version prints the version alone', async () => {
  expect(await run('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
});

test('an unknown command is an error that names the nearest one', async () => {
  const near = await run('ehco');
  expect([near.code, near.out]).toEqual([2, '']);
  expect(near.err).toBe('cdk8s-llm-d: "ehco" is no command, did you mean "echo"? There are echo, broken; see cdk8s-llm-d --help\n');
  expect((await run('🦙')).err).toContain('"🦙" is no command. There are');
});

test('an error of ours is its message; of a defect the stack is kept', async () => {
  const ours = await run('broken', 'ours');
  expect([ours.code, ours.err.split('\n').length]).toEqual([1, 2]);
  expect(ours.err).toContain('cdk8s-llm-d broken: LLMD541 registry "x y"');
  const theirs = await run('broken', 'other');
  expect(theirs.code).toBe(1);
  expect(theirs.err).toMatch(/TypeError: no such thing\n +at /);
});

test('the table has a name, a usage and a summary for each command, and no name twice', () => {
  expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
  expect(COMMANDS.filter(({ name, summary }) => !/^[a-z]+$/.test(name) || summary === '')).toEqual([]);
});
