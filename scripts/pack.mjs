// Packs a package of this repository as npm would publish it. Needs a build, and no network.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Packs the package in `folder` into `destination`: path of the tarball, and the files that it holds. */
export function pack(folder, destination) {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', destination], {
    cwd: join(root, folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const parsed = JSON.parse(output);
  const [{ name, filename, files }] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return { name, tarball: join(destination, filename), files: files.map(({ path }) => path) };
}
