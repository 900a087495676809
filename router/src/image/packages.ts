import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from './compare-text';
import { ImageError } from './image-error';
import { APP_FOLDER, PACKAGE_ROOT } from './layout';

/** What stands for a licence or a version that a package does not say. */
export const NOTHING_SAID = 'NOASSERTION';

/** An npm package inside the image. */
export interface ImagePackage {
  readonly name: string;
  /** `NOASSERTION` for one that a plugin was bundled with and that has none. */
  readonly version: string;
  /** SPDX expression, as the package itself says it; `NOASSERTION` where it says none. */
  readonly license: string;
}

/**
 * The npm packages whose code is inside the image, sorted by name: this one, those bundled into its program, and zeromq with its native
 * part. What the base image holds (Node and the system's libraries) is not listed; what plugins bring along, they say themselves.
 * @throws ImageError when the context of the image was not built
 */
export function imagePackages(root: string = PACKAGE_ROOT): readonly ImagePackage[] {
  const file = join(root, APP_FOLDER, 'packages.json');
  if (!existsSync(file)) throw new ImageError(`the context of the image is not built: ${file} is missing; run "npm run build"`);
  return JSON.parse(readFileSync(file, 'utf8')) as ImagePackage[];
}

/** Packages, each once, sorted by name and version. */
export function uniquePackages(packages: readonly ImagePackage[]): readonly ImagePackage[] {
  const byIdentity = new Map(packages.map((one) => [`${one.name}@${one.version}`, one]));
  return [...byIdentity.values()].sort((a, b) => compareText(a.name, b.name) || compareText(a.version, b.version));
}
