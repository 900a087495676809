import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './architecture/sources';

/** True while `npm run golden` rewrites the reviewed files. */
export function isUpdating(): boolean {
  return process.env.UPDATE_GOLDEN === '1';
}

/** Path of a reviewed file. */
function goldenPath(name: string): string {
  return join(ROOT, 'test/golden', name);
}

/** The reviewed text of a file; while updating, first writes `actual`. Throws when there is none. */
export function golden(name: string, actual: string): string {
  const path = goldenPath(name);
  if (isUpdating()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  if (!existsSync(path)) {
    throw new Error(`test/golden/${name} is missing: run npm run golden, and read what it wrote before you commit it`);
  }
  return readFileSync(path, 'utf8');
}

/** Golden YAML files that no chart writes any more; while updating, removes them. */
export function staleGolden(wanted: readonly string[]): string[] {
  const folder = goldenPath('.');
  const stale = (existsSync(folder) ? readdirSync(folder) : []).filter((file) => file.endsWith('.yaml') && !wanted.includes(file));
  if (!isUpdating()) {
    return stale;
  }
  for (const file of stale) {
    rmSync(join(folder, file));
  }
  return [];
}
