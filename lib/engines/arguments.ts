import { ensure } from '../validation/error';

/** One argument of an engine's command line. `shell` values are expanded by a shell and so written without quotes. */
export interface Argument {
  readonly flag: string;
  /**
   * Written behind `=`.
   *
   * @default - the flag stands alone
   */
  readonly value?: string | number;
  /**
   * Whether a shell expands it.
   *
   * @default false
   */
  readonly shell?: boolean;
}

/** What a container runs. */
export interface Invocation {
  /**
   * Program and its first words.
   *
   * @default - the image's own entry point
   */
  readonly command?: readonly string[];
  readonly args: readonly string[];
}

const SAFE = /^[\w@%+=:,./-]+$/;

/** A word for a POSIX shell: quoted unless every character is harmless. */
export function shellQuote(word: string): string {
  return SAFE.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function word({ flag, value }: Argument): string {
  return value === undefined ? flag : `${flag}=${value}`;
}

/** The command line as a list of words, without any shell. */
export function plainInvocation(program: readonly string[], args: readonly Argument[], extra: readonly string[]): Invocation {
  return { command: program, args: [...args.map(word), ...extra] };
}

/** The command line as a bash script, for values that only the pod knows; `prologue` lines run first. */
export function shellInvocation(
  program: readonly string[],
  args: readonly Argument[],
  extra: readonly string[],
  prologue: readonly string[] = [],
): Invocation {
  const words = [
    `exec ${program.map(shellQuote).join(' ')}`,
    ...args.map((arg) => (arg.shell === true ? word(arg) : shellQuote(word(arg)))),
    ...extra.map(shellQuote),
  ];
  return { command: ['/bin/bash', '-c'], args: [`set -euo pipefail\n${[...prologue, words.join(' \\\n  ')].join('\n')}\n`] };
}

/** `--no-enable_x=1` → `enable-x`: the name under which two spellings of a flag are the same flag; `--x.y=1`, a part of x, → `x.y`. */
export function flagName(argument: string): string | undefined {
  const match = /^--?([A-Za-z][\w.+-]*)(?:=|\s|$)/.exec(argument);
  return match?.[1]?.replaceAll('_', '-').replace(/^no-/, '').toLowerCase();
}

/**
 * Throws LLMD701 when `extra` holds a flag that the library writes itself, LLMD702 when it holds a flag twice, LLMD107 for a flag and its
 * value in one item.
 *
 * @param managed flag name (without dashes) → the option to use instead
 */
export function checkExtraArgs(extra: readonly string[], managed: Readonly<Record<string, string>>): void {
  const seen = new Set<string>();
  for (const argument of extra) {
    const name = flagName(argument);
    if (name === undefined) {
      continue;
    }
    const flag = argument.split(/[=\s]/)[0] as string;
    const whole = name.split('.')[0] as string;
    ensure(!Object.hasOwn(managed, whole), 'LLMD701', { flag, instead: managed[whole] as string });
    ensure(!/^[^=]*\s/.test(argument), 'LLMD107', {
      prop: 'extraArgs',
      given: argument,
      allowed: 'write flag and value as two items, or join them by "="',
    });
    ensure(!seen.has(name), 'LLMD702', { flag });
    seen.add(name);
  }
}
