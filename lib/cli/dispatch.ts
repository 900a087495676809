import { nearestName } from 'llm-d-epp-config';
import { LlmdError } from '../validation/error';
import type { Command, CommandIo } from './command';

/** Exit code of a command line that makes no sense. */
export const USAGE_ERROR = 2;

/** Runs the command that `argv` names; returns the exit code of the process. */
export async function dispatch(argv: readonly string[], io: CommandIo, commands: readonly Command[], version: string): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    io.stdout(`${version}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(help(commands));
    return 0;
  }
  if (name === undefined) {
    io.stderr(help(commands));
    return USAGE_ERROR;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    io.stderr(unknown(name, commands));
    return USAGE_ERROR;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    // A mistake of the user is a message; one of the program has its stack too.
    io.stderr(`cdk8s-llm-d ${name}: ${error instanceof LlmdError ? error.message : stackOf(error)}\n`);
    return 1;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function help(commands: readonly Command[]): string {
  const lines = commands.map(({ name, usage, summary }) => `  ${name} ${usage}\n      ${summary}\n`);
  return `Usage: cdk8s-llm-d <command>\n\n${lines.join('')}\nOptions:\n  --help     print this, or the help of a command\n  --version  print the version of the library\n`;
}

function unknown(name: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name);
  const near = nearestName(name, names);
  const hint = near === undefined ? '.' : `, did you mean "${near}"?`;
  return `cdk8s-llm-d: "${name}" is no command${hint} There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}; see cdk8s-llm-d --help\n`;
}
