import type { Container } from '../../manifests/pod';
import { list } from '../model';

/** The words that a container runs: command and arguments, those of a shell script taken apart. */
export function wordsOf(container: Pick<Container, 'command' | 'args'>): readonly string[] {
  const words = [...list(container.command), ...list(container.args)].map(String);
  const script = isShell(container) ? words.findIndex((word) => /^-\w*c$/.test(word)) + 1 : 0;
  return script === 0 ? words : words.slice(script).flatMap(splitScript);
}

/** True when the container runs a shell script. */
export function isShell({ command, args }: Pick<Container, 'command' | 'args'>): boolean {
  const words = [...list(command), ...list(args)].map(String);
  return /(^|\/)(ba|da|a|z)?sh$/.test(words[0] ?? '') && words.some((word) => /^-\w*c$/.test(word));
}

/** Words of a shell script: quotes are taken off, a backslash joins lines, nothing is expanded. */
export function splitScript(script: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, escaped, single, double, space, other] of script.replaceAll('\\\n', ' ').matchAll(TOKEN)) {
    if (space !== undefined) {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
    } else {
      word = `${word ?? ''}${escaped ?? single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? other ?? ''}`;
    }
  }
  return word === undefined ? words : [...words, word];
}

const TOKEN = /\\([\s\S])|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|(\s+)|([\s\S])/g;

/** Flags of a command line. Spellings with `_` and with `-` are one flag, as for the engines. */
export class Flags {
  private readonly values = new Map<string, string | undefined>();

  /** Reads the flags of a container; of a flag that is given twice the last value counts. */
  constructor(container: Pick<Container, 'command' | 'args'>) {
    const words = wordsOf(container);
    for (const [index, word] of words.entries()) {
      const match = /^--([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word);
      if (match !== null) {
        const next = words[index + 1];
        const value = match[2] ?? (next === undefined || next.startsWith('--') ? undefined : next);
        this.values.set(canonical(match[1] as string), value);
      }
    }
  }

  /** True when the flag is given, with a value or without. */
  has(name: string): boolean {
    return this.values.has(canonical(name));
  }

  /** Value of a flag; undefined when it is not given or has none. */
  get(name: string): string | undefined {
    return this.values.get(canonical(name));
  }

  /** Value of a flag as a whole number; undefined when it is none, e.g. because a shell computes it. */
  number(name: string): number | undefined {
    const value = this.get(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  }

  /** Value of a flag as an object; undefined when it is none. */
  json(name: string): Readonly<Record<string, unknown>> | undefined {
    try {
      const value: unknown = JSON.parse(this.get(name) ?? '');
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }
}

const READ = new WeakMap<object, Flags>();

/** The flags of a container; several rules ask, and a command line is taken apart once. */
export function flagsOf(container: Pick<Container, 'command' | 'args'>): Flags {
  const known = READ.get(container) ?? new Flags(container);
  READ.set(container, known);
  return known;
}

function canonical(name: string): string {
  return name.replaceAll('_', '-');
}
