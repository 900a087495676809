import { spawn } from 'node:child_process';
import { ImageError } from '../image-error';
import { type CommandIo, forward } from './io';

/** A program to run. */
export interface Step {
  readonly program: string;
  readonly args: readonly string[];
  /**
   * Variables besides those of the command.
   * @default none
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * True for what only clears the way: whether it succeeds does not matter, nor what it says.
   * @default false
   */
  readonly mayFail?: boolean;
  /**
   * What to look at when it fails, where the program's own words do not tell.
   * @default nothing
   */
  readonly hint?: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program; what it says goes to standard error. A signal goes on to it, so that it ends before what it works on is deleted.
 * @throws ImageError when it does not end well
 */
export async function runStep(step: Step, { cwd, env, stderr }: CommandIo): Promise<void> {
  const { program, args, mayFail = false, hint } = step;
  const child = spawn(program, args, { cwd, env: { ...env, ...step.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const say = mayFail ? (): void => undefined : stderr;
  forward(child.stdout, say);
  forward(child.stderr, say);
  let interrupted: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const ended = await new Promise<number | NodeJS.Signals | Error | null>((resolve) => {
      child.on('error', resolve);
      child.on('close', (status, signal) => resolve(status ?? signal));
    });
    if (interrupted !== undefined) throw new ImageError(`${program} was interrupted by ${interrupted}`);
    if (ended instanceof Error) throw new ImageError(`${program} can not be started: ${ended.message}`, { cause: ended });
    if (ended !== 0 && !mayFail) {
      throw new ImageError(`${describeStep(step)} ended with ${ended}${hint === undefined ? '' : `; ${hint}`}`);
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** A step as one would type it. */
export function describeStep({ program, args, env = {} }: Step): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  return [...variables, program, ...args.map(quote)].join(' ');
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
