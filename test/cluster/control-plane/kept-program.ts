import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const KEEPER = join(__dirname, 'keeper.mjs');

/** A program that ends with this process at the latest, with its output in a log file. */
export class KeptProgram {
  public readonly name: string;
  public readonly logFile: string;
  private readonly keeper: ChildProcess;
  private readonly ended: Promise<void>;
  private stopping = false;

  /** @param folder deleted when the program ends; created here because the log goes beside it */
  public constructor(program: string, args: readonly string[], folder: string) {
    this.name = basename(program);
    this.logFile = `${folder}.log`;
    mkdirSync(folder, { recursive: true });
    const log = openSync(this.logFile, 'a');
    // Detached: the terminal sends Ctrl-C to its whole process group, and the keeper has to outlive that to clean up.
    this.keeper = spawn(process.execPath, [KEEPER, folder, program, ...args], { stdio: ['pipe', log, log], detached: true });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.keeper.on('exit', () => resolve()).on('error', () => resolve());
    });
  }

  /** True when the program has ended although nobody stopped it. */
  public get failed(): boolean {
    return !this.stopping && (this.keeper.exitCode !== null || this.keeper.signalCode !== null || this.keeper.pid === undefined);
  }

  public logTail(lines = 30): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  public async stop(): Promise<void> {
    this.stopping = true;
    this.keeper.stdin?.end();
    await this.ended;
  }
}
