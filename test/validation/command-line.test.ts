import fc from 'fast-check';
import { shellQuote } from '../../lib/engines/arguments';
import { Flags, splitScript, wordsOf } from '../../lib/validation/rules/command-line';

describe('a command line', () => {
  test('is command and arguments', () => {
    expect(wordsOf({ command: ['vllm', 'serve'], args: ['--a=1'] })).toEqual(['vllm', 'serve', '--a=1']);
    expect(wordsOf({})).toEqual([]);
  });

  test('of a shell is its script', () => {
    expect(wordsOf({ command: ['/bin/bash', '-c'], args: ["exec vllm \\\n  '--a=b c'\n"] })).toEqual(['exec', 'vllm', '--a=b c']);
    expect(wordsOf({ command: ['sh', '-ec', 'x "y z"'] })).toEqual(['x', 'y z']);
    expect(wordsOf({ args: ['-c', 'config.yaml'] })).toEqual(['-c', 'config.yaml']);
  });

  test('quotes as a shell does', () => {
    expect(splitScript(`a "b \\"c\\" $d" 'e'\\''f' g\\ h ''`)).toEqual(['a', 'b "c" $d', "e'f", 'g h', '']);
    expect(splitScript('unclosed "quote')).toEqual(['unclosed', '"quote']);
  });

  test('that we quote reads as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
        // A script joins lines at a backslash, which a word may hold as well: quotes keep it, so such words are not written.
        fc.pre(words.every((word) => !word.includes('\\\n')));
        expect(splitScript(words.map(shellQuote).join(' '))).toEqual(words);
      }),
    );
  });
});

describe('flags', () => {
  const flags = new Flags({ args: ['--a=1', '--b_c', 'x', '--on', '--json={"k":[1]}', '--list=[1]', '--text=no', '--a=2', '--last'] });

  test('have values after "=" or a space, and one spelling', () => {
    expect(flags.get('a')).toBe('2');
    expect(flags.get('b-c')).toBe('x');
    expect(flags.get('b_c')).toBe('x');
    expect([flags.has('on'), flags.get('on'), flags.has('last'), flags.get('last'), flags.has('off')]).toEqual([
      true,
      undefined,
      true,
      undefined,
      false,
    ]);
  });

  test('are numbers or objects only where they look like it', () => {
    expect([flags.number('a'), flags.number('b-c'), flags.number('off')]).toEqual([2, undefined, undefined]);
    expect([flags.json('json'), flags.json('text'), flags.json('a'), flags.json('off')]).toEqual([
      { k: [1] },
      undefined,
      undefined,
      undefined,
    ]);
  });
});
