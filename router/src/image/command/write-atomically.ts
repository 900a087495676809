import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file so that readers see the old or the new content and nothing between. */
export function writeAtomically(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
