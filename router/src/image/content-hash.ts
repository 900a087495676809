import { createHash } from 'node:crypto';
import { compareText } from './compare-text';
import type { ContextFile } from './context-files';

/** All that decides what is in an image. */
export interface ImageContent {
  /** The files of the context, the Dockerfile and .dockerignore among them, and the plugins. */
  readonly files: readonly ContextFile[];
  /** Values of the Dockerfile's arguments. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The stage that is built; undefined for the last. */
  readonly target: string | undefined;
  /** Such as `linux/amd64`. */
  readonly platforms: readonly string[];
}

/** Changed when the same content shall get another hash: the form of what is hashed is part of it. */
const FORM = 'llm-d-epp-image-1';

/**
 * SHA-256 (64 hex digits) over what goes into the image, in the manner of the image assets of aws-cdk:
 *
 * - **files**: path (relative, with `/`) and bytes of each, sorted by path. The folder it lies in, times, owners and modes are not part
 *   of it: they differ from machine to machine, and the context is staged with the same ones for every build.
 * - **Dockerfile and .dockerignore**: files among the others, since the one says how the image is built and the other what of.
 * - **build arguments**: they replace what the Dockerfile says, `BASE` above all. Only the name of a base is hashed, not its content: pin
 *   it by digest where that matters.
 * - **target**: another stage is another image.
 * - **platforms**: the index of an image lists one image for each, so the reference of an index with fewer must be another. Their order
 *   says nothing.
 * - **plugins**: as bundled, under the path that they have in the image. Where they lie on disk is not part of it.
 *
 * Every part goes in behind its length, so that no two contents read the same.
 */
export function contentHash({ files, buildArgs, target, platforms }: ImageContent): string {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    hash.update(`${bytes.length}:`).update(bytes);
  };
  const addList = (name: string, list: readonly (readonly (string | Uint8Array)[])[]): void => {
    add(name);
    add(String(list.length));
    for (const entry of list) for (const part of entry) add(part);
  };
  add(FORM);
  addList(
    'files',
    [...files].sort((a, b) => compareText(a.path, b.path)).map(({ path, bytes }) => [path, bytes]),
  );
  addList(
    'buildArgs',
    Object.entries(buildArgs).sort(([a], [b]) => compareText(a, b)),
  );
  addList('target', target === undefined ? [] : [[target]]);
  addList(
    'platforms',
    [...platforms].sort(compareText).map((platform) => [platform]),
  );
  return hash.digest('hex');
}
