import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from './compare-text';
import { type IgnoreFilter, parseIgnoreFile } from './ignore-file';
import { ImageError } from './image-error';
import { APP_FOLDER, DOCKERFILE, IGNORE_FILE } from './layout';

/** A file as the builder gets it. */
export interface ContextFile {
  /** Relative to the context, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files of a context that a builder sees, sorted by path: those that .dockerignore lets through, the Dockerfile, and .dockerignore
 * itself. Nothing else of the folder is read.
 * @throws ImageError when the context was not built
 */
export function contextFiles(root: string): readonly ContextFile[] {
  for (const file of [DOCKERFILE, IGNORE_FILE, `${APP_FOLDER}/main.js`]) {
    if (!existsSync(join(root, file))) {
      const what = file.startsWith('image/') ? 'the context of the image is not built' : 'the package is not whole';
      throw new ImageError(`${what}: ${join(root, file)} is missing; in a checkout run "npm run build", else install llm-d-epp again`);
    }
  }
  const filter = parseIgnoreFile(readFileSync(join(root, IGNORE_FILE), 'utf8'));
  const seen = visibleFiles(root, '', filter).filter((path) => path !== DOCKERFILE && path !== IGNORE_FILE);
  return [DOCKERFILE, IGNORE_FILE, ...seen].sort(compareText).map((path) => ({ path, bytes: readFileSync(join(root, path)) }));
}

function visibleFiles(root: string, folder: string, filter: IgnoreFilter): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filter.mayHold(path) ? visibleFiles(root, path, filter) : [];
    if (!filter.lets(path)) return [];
    if (!entry.isFile()) throw new ImageError(`${join(root, path)} is no ordinary file; the context of the image holds only such`);
    return [path];
  });
}
