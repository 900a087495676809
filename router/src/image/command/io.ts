import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

/** What a command sees of the world around it. */
export interface CommandIo {
  /** Folder that relative paths are relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results go here. */
  stdout(text: string): void;
  /** Messages, and what the tools say. */
  stderr(text: string): void;
}

/** A mistake in how the command was called: the exit status is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Hands on what a tool writes. */
export function forward(stream: Readable, write: (text: string) => void): void {
  stream.setEncoding('utf8').on('data', write);
}

/** Makes a new folder for what is deleted again. */
export function temporaryFolder({ cwd, env }: CommandIo, prefix: string): string {
  return mkdtempSync(join(resolve(cwd, env.TMPDIR || tmpdir()), prefix));
}
