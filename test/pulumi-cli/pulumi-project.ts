import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type Events, readEvents } from './event-log';

const REPOSITORY = join(__dirname, '../..');
/** What the programs import, as a user would have it installed. */
const PACKAGES = ['@pulumi/pulumi', '@pulumi/kubernetes', 'cdk8s', 'cdk8s-plus-28', 'constructs'];
const STACK = 'dev';

/** One run of the CLI. */
export interface Run extends Events {
  readonly code: number;
  /** All that it printed. */
  readonly text: string;
}

export interface ProjectPlace {
  /** Belongs to the test run: state, configuration and settings of the CLI. */
  readonly folder: string;
  /** Folders of the programs, before PATH. */
  readonly path: readonly string[];
  readonly kubeconfig: string;
}

/** A copy of a program, as a Pulumi project with one stack whose state is a local file. Nothing is asked of any other machine. */
export class PulumiProject {
  private readonly folder: string;
  private runs = 0;

  constructor(
    readonly name: string,
    private readonly place: ProjectPlace,
  ) {
    this.folder = join(place.folder, name);
    cpSync(join(__dirname, 'program', name), this.folder, { recursive: true });
    cpSync(join(__dirname, 'program', 'tsconfig.json'), join(this.folder, 'tsconfig.json'));
    cpSync(join(__dirname, 'program', 'package.json'), join(this.folder, 'package.json'));
    for (const name of PACKAGES) this.link(name, join(REPOSITORY, 'node_modules', name));
    this.link('cdk8s-llm-d', REPOSITORY);
    mkdirSync(join(place.folder, 'state'), { recursive: true });
  }

  async init(): Promise<void> {
    await this.succeed(['stack', 'init', STACK]);
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.succeed(['config', 'set', '--secret', '--stack', STACK, key, value]);
  }

  /** Writes a file of the program. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Deploys; the settings stay for later runs. Throws when it fails. */
  async up(settings: Readonly<Record<string, string>> = {}, flags: readonly string[] = []): Promise<Run> {
    return this.checked(await this.tryUp(settings, flags));
  }

  tryUp(settings: Readonly<Record<string, string>> = {}, flags: readonly string[] = []): Promise<Run> {
    return this.operation(['up', '--yes', '--skip-preview', ...configured(settings), ...flags]);
  }

  async preview(settings: Readonly<Record<string, string>> = {}): Promise<Run> {
    return this.checked(await this.operation(['preview', '--diff', ...configured(settings)]));
  }

  async refresh(): Promise<Run> {
    return this.checked(await this.operation(['refresh', '--yes', '--skip-preview', '--diff']));
  }

  async destroy(): Promise<Run> {
    return this.checked(await this.operation(['destroy', '--yes', '--skip-preview']));
  }

  /** The state as it is stored, so with its secrets encrypted. */
  async state(): Promise<string> {
    return (await this.succeed(['stack', 'export', '--stack', STACK])).text;
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse((await this.succeed(['stack', 'output', '--json', '--stack', STACK])).text) as Record<string, unknown>;
  }

  private async operation(args: readonly string[]): Promise<Run> {
    const log = join(this.folder, `events-${this.runs++}.json`);
    const run = await this.run([...args, '--stack', STACK, '--event-log', log]);
    const events = readEvents(existsSync(log) ? readFileSync(log, 'utf8') : '');
    rmSync(log, { force: true });
    return { ...run, ...events };
  }

  private async succeed(args: readonly string[]): Promise<{ code: number; text: string }> {
    return this.checked(await this.run(args));
  }

  private checked<T extends { code: number; text: string }>(run: T): T {
    if (run.code !== 0) throw new Error(`the program ended with ${run.code}:\n${run.text}`);
    return run;
  }

  /** Runs a file of the program by itself: one that calls the CLI by the automation API. Throws when it fails. */
  async runAlone(file: string): Promise<{ text: string }> {
    return this.checked(await this.spawned(process.execPath, ['--require', require.resolve('tsx/cjs'), file]));
  }

  private run(args: readonly string[]): Promise<{ code: number; text: string }> {
    return this.spawned('pulumi', [...args, '--non-interactive', '--color', 'never']);
  }

  private spawned(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: this.folder,
        env: this.environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
      }
      child.on('error', reject).on('close', (code) => resolve({ code: code ?? -1, text }));
    });
  }

  /** Only what is named here: a login, a token or a proxy of the user must not change what is tested. */
  private environment(): NodeJS.ProcessEnv {
    const { folder, path, kubeconfig } = this.place;
    return {
      PATH: [...path, dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      KUBECONFIG: kubeconfig,
      PULUMI_HOME: join(folder, 'home'),
      PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      // Types are checked by the compiler, for all programs at once.
      PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
      // For --event-log.
      PULUMI_DEBUG_COMMANDS: 'true',
    };
  }

  private link(name: string, target: string): void {
    const link = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'dir');
  }
}

function configured(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['--config', `${key}=${value}`]);
}
