import { COMMANDS } from '../../lib/cli/commands';
import { dispatch } from '../../lib/cli/dispatch';

/** Where a command runs, and with which commands beside it. */
interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly commands?: typeof COMMANDS;
}

/** Runs `cdk8s-llm-d` in this process: its exit code and what it wrote. */
export async function runCli(argv: readonly string[], { cwd, env = {}, commands = COMMANDS }: Surroundings) {
  const written = { out: '', err: '' };
  const io = {
    cwd,
    env,
    stdout: (text: string) => {
      written.out += text;
    },
    stderr: (text: string) => {
      written.err += text;
    },
  };
  const code = await dispatch(argv, io, commands, '1.2.3');
  return { code, ...written };
}
