import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { checkExtraArgs, flagName, plainInvocation, shellInvocation, shellQuote } from '../../lib/engines/arguments';
import { SGLANG_FLAGS, SIMULATOR_FLAGS, VLLM_FLAGS } from '../../lib/engines/managed-flags-catalog';
import { thrownBy } from '../support/errors';
import { wordsOf } from './bash';

const NASTY = [
  '',
  ' ',
  "'",
  "''",
  '"',
  '\\',
  '$HOME',
  '$(id)',
  '`id`',
  '!!',
  '*',
  '~',
  '#x',
  '-n',
  'a\nb',
  'é日本',
  '{"a":[1,"b c"]}',
  'a;b|c&d',
  'it\'s "x" $y \\',
];
const text = fc
  .oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }))
  .filter((word) => !word.includes('\0') && Buffer.from(word).toString() === word);

describe('quoting', () => {
  test('bash reads back what was quoted', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 20, maxLength: 60 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`;
        expect(execFileSync('/bin/bash', ['-c', script]).toString().split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 25 },
    );
  });

  test('harmless words stay readable', () => {
    expect(shellQuote('--tensor-parallel-size=8')).toBe('--tensor-parallel-size=8');
    expect(shellQuote("it's")).toBe("'it'\\''s'");
  });

  test('a script gives the program the words that a list would', () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 20 }),
        fc.array(
          text.map((value) => ({ flag: '--x', value })),
          { maxLength: 5 },
        ),
        (extra, args) => {
          const plain = plainInvocation(['vllm', 'serve', "mo'del"], args, extra);
          const shell = shellInvocation(['vllm', 'serve', "mo'del"], args, extra);
          expect(wordsOf(shell, {})).toEqual(wordsOf(plain, {}));
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('flagName', () => {
  test.each([
    ['--tp', 'tp'],
    ['-tp', 'tp'],
    ['--tp=2', 'tp'],
    ['-tp 2', 'tp'],
    ['--tensor_parallel_size=2', 'tensor-parallel-size'],
    ['--Tensor-Parallel-Size', 'tensor-parallel-size'],
    ['--no-enable-expert-parallel', 'enable-expert-parallel'],
    ['--no_enable_expert_parallel', 'enable-expert-parallel'],
    ['--kv-transfer-config.kv_role=x', 'kv-transfer-config.kv-role'],
    ['-O3', 'o3'],
    ['value', undefined],
    ['-1', undefined],
    ['-0.5', undefined],
    ['--', undefined],
    ['{"a": "--b"}', undefined],
  ])('%s', (argument, name) => {
    expect(flagName(argument)).toBe(name);
  });
});

describe('arguments of the user', () => {
  test.each([
    ['--tp', '2'],
    ['-tp', '2'],
    ['-tp 2'],
    ['--tensor_parallel_size=2'],
    ['--no-enable-expert-parallel'],
    ['--kv-transfer-config.kv_role=kv_both'],
    ['-dpn', '1'],
    ['-n', '2'],
    ['--port=1'],
    ['--trust-remote-code'],
    ['--served-model-name', 'x'],
  ])('%s is ours', (...extra) => {
    const error = thrownBy(() => checkExtraArgs(extra, VLLM_FLAGS));
    expect(error.code).toBe('LLMD701');
    expect(error.detail).toContain(`flag ${(extra[0] as string).split(/[= ]/)[0]} `);
  });

  test.each([
    [['--seed', '1', '--seed=2']],
    [['--enable-x', '--no-enable-x']],
    [['--max_loras=1', '--max-loras', '2']],
    [['--hf-overrides.a=1', '--hf_overrides.a=2']],
  ])('%p holds a flag twice', (extra) => {
    expect(thrownBy(() => checkExtraArgs(extra, VLLM_FLAGS)).code).toBe('LLMD702');
  });

  test('a flag and its value are not one word', () => {
    const error = thrownBy(() => checkExtraArgs(['--seed 1'], VLLM_FLAGS));
    expect(error.code).toBe('LLMD107');
    expect(error.detail).toContain('two items');
  });

  test('values may be anything', () => {
    const extra = ['--hf-overrides', '{"a b": "--tp"}', '--chat-template={{ x }} --tp', '--hf-overrides.a=1', '--hf-overrides.b=2', '-1'];
    expect(() => checkExtraArgs(extra, VLLM_FLAGS)).not.toThrow();
  });

  test('each engine has flags of its own', () => {
    expect(() => checkExtraArgs(['--page-size=1'], VLLM_FLAGS)).not.toThrow();
    expect(thrownBy(() => checkExtraArgs(['--page-size=1'], SGLANG_FLAGS)).code).toBe('LLMD701');
    expect(thrownBy(() => checkExtraArgs(['--time-to-first-token=1'], SIMULATOR_FLAGS)).code).toBe('LLMD701');
  });
});
