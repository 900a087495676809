/** Where a command works and whom it talks to; tests give their own. */
export interface CommandIo {
  /** Folder that relative paths of the command line are relative to. */
  readonly cwd: string;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what the command was asked for. */
  stdout(text: string): void;
  /** Takes everything else: progress, warnings, errors. */
  stderr(text: string): void;
}

/** One command of `npx cdk8s-llm-d`. */
export interface Command {
  /** First word of the command line. */
  readonly name: string;
  /** What follows it, for the help. */
  readonly usage: string;
  /** One line for the help. */
  readonly summary: string;
  /**
   * Does it, and returns the exit code: 0 done, 1 failed, 2 a command line that makes no sense. `argv` is what follows the name, `--help`
   * included. An LlmdError that it throws is printed as its message, exit code 1.
   */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}
