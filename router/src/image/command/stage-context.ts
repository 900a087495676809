import { chmodSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ContextFile } from '../context-files';
import { type CommandIo, temporaryFolder } from './io';

/**
 * Hands `use` a folder with the files of a context, and deletes it when that is done, well or not. Modes and times are the same on every
 * machine and whatever the umask is: they go into the layers of the image, and everybody may read it, since its user is not root.
 */
export async function withStagedContext<T>(files: readonly ContextFile[], io: CommandIo, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder(io, 'llm-d-epp-image-');
  try {
    for (const { path, bytes } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    settle(folder);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Folders last: writing into one changes its time. */
function settle(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      settle(path);
    } else {
      chmodSync(path, 0o644);
      utimesSync(path, 0, 0);
    }
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, 0, 0);
}
