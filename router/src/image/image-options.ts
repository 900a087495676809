import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from './compare-text';
import { ImageError } from './image-error';
import { DOCKERFILE, NATIVE_FOLDER } from './layout';

/** How the router's image is built. */
export interface RouterImageOptions {
  /**
   * Modules for plugins of type `module`, TypeScript or JavaScript: files, relative to the working folder.
   * @default none
   */
  readonly plugins?: readonly string[];
  /**
   * Values of the Dockerfile's arguments, e.g. `BASE`, the image with Node that it starts from. No secrets: they stand in the manifest of
   * the synth and in the history of the image.
   * @default what the Dockerfile says
   */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Stage of the Dockerfile to build.
   * @default the last
   */
  readonly target?: string;
  /**
   * Platforms of the image, of which there must be native binaries: `linux/amd64`, `linux/arm64`.
   * @default both
   */
  readonly platforms?: readonly string[];
}

/** Options that are known to be good, in an order that does not depend on how they were written. */
export interface CheckedOptions {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  readonly platforms: readonly string[];
}

/**
 * The options in their one form.
 * @throws ImageError when a builder could not do what they ask for
 */
export function checkOptions(root: string, { buildArgs = {}, target, platforms }: RouterImageOptions): CheckedOptions {
  const dockerfile = readFileSync(join(root, DOCKERFILE), 'utf8');
  const names = [...dockerfile.matchAll(/^ARG\s+(\w+)/gim)].map(([, name = '']) => name).filter((name) => name !== 'TARGETARCH');
  const given = Object.entries(buildArgs).sort(([a], [b]) => compareText(a, b));
  for (const [name, value] of given) {
    if (!names.includes(name)) throw new ImageError(`the Dockerfile has no argument "${name}" to set; it has ${names.join(', ')}`);
    if (typeof value !== 'string' || value === '' || /[\0\r\n]/.test(value)) {
      throw new ImageError(`the build argument ${name} is ${JSON.stringify(value)}; it has to be a text of one line that is not empty`);
    }
  }
  const stages = [...dockerfile.matchAll(/^FROM\s.*\sAS\s+(\S+)\s*$/gim)].map(([, name = '']) => name);
  if (target !== undefined && !stages.includes(target)) {
    throw new ImageError(`the Dockerfile has no stage "${target}"; it has ${stages.join(', ')}`);
  }
  const known = readdirSync(join(root, NATIVE_FOLDER))
    .map((architecture) => `linux/${architecture}`)
    .sort(compareText);
  for (const platform of platforms ?? []) {
    if (!known.includes(platform)) throw new ImageError(`there is no image for the platform "${platform}", only for ${known.join(', ')}`);
  }
  if (platforms?.length === 0) throw new ImageError(`no platform is given; leave the option out, or name some of ${known.join(', ')}`);
  return { buildArgs: Object.fromEntries(given), target, platforms: [...new Set(platforms ?? known)].sort(compareText) };
}
