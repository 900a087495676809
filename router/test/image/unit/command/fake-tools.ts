import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandIo } from '../../../../src/image/command/io';
import { runImageCommand } from '../../../../src/image/run-image-command';

/** The digest that the tools say they have pushed. */
export const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** A call of a tool. */
export interface Call {
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly epoch: string | null;
  /** Files of the context (the last argument, where it is a folder), with mode and time. */
  readonly context: Readonly<Record<string, { readonly mode: number; readonly time: number; readonly text: string }>>;
}

/** Records how it was called, answers as the real ones do, and fails where `FAKE_FAIL` is among its arguments. */
const TOOL = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const program = basename(process.argv[1]);
const args = process.argv.slice(2);
const folder = args.at(-1);
const context = {};
if (existsSync(join(folder, 'Dockerfile'))) {
  for (const path of readdirSync(folder, { recursive: true })) {
    const { mode, mtimeMs } = statSync(join(folder, path));
    const isFile = statSync(join(folder, path)).isFile();
    context[path] = { mode: mode & 0o777, time: mtimeMs, text: isFile ? readFileSync(join(folder, path), 'latin1') : '' };
  }
}
appendFileSync(process.env.FAKE_CALLS, JSON.stringify({ argv: [program, ...args], epoch: process.env.SOURCE_DATE_EPOCH ?? null, context }) + '\\n');
if (args[0] === 'buildx' && args[1] === 'version') {
  process.stdout.write(process.env.FAKE_BUILDX ?? 'github.com/docker/buildx v0.30.0 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01\\n');
}
if ((process.env.FAKE_ABSENT ?? '').split(',').includes(program)) process.exit(1);
if (process.env.FAKE_FAIL && args.includes(process.env.FAKE_FAIL)) {
  process.stderr.write(program + ' says no\\n');
  process.exit(7);
}
const said = process.env.FAKE_DIGEST ?? '${DIGEST}';
const metadata = args.indexOf('--metadata-file');
if (metadata >= 0) writeFileSync(args[metadata + 1], JSON.stringify({ 'containerimage.digest': said }));
const digest = args.indexOf('--digestfile');
if (digest >= 0) writeFileSync(args[digest + 1], said);
process.stdout.write(program + ' works\\n');
`;

/** What a command did. */
export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** Calls of tools, without the questions whether they are there. */
  readonly calls: readonly Call[];
}

/** Puts fake tools into a folder, which is all that is on PATH. */
export class FakeTools {
  constructor(
    private readonly folder: string,
    names: readonly string[] = ['docker', 'podman', 'buildah'],
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    for (const name of names) {
      writeFileSync(join(folder, name), TOOL);
      chmodSync(join(folder, name), 0o755);
    }
  }

  async run(cwd: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
    const calls = join(this.folder, 'calls.jsonl');
    writeFileSync(calls, '');
    const said = { out: '', err: '' };
    const io: CommandIo = {
      cwd,
      // Logins of whoever runs the tests are none of their business.
      env: { PATH: this.folder, HOME: this.folder, XDG_RUNTIME_DIR: this.folder, FAKE_CALLS: calls, ...this.variables, ...env },
      stdout: (text) => {
        said.out += text;
      },
      stderr: (text) => {
        said.err += text;
      },
    };
    const status = await runImageCommand(argv, io);
    const lines = existsSync(calls) ? readFileSync(calls, 'utf8').split('\n') : [];
    const all = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Call);
    return {
      status,
      ...said,
      calls: all.filter(({ argv: [, ...args] }) => args.join(' ') !== 'buildx version' && args[0] !== '--version'),
    };
  }
}
