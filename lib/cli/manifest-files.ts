import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fail, LlmdError } from '../validation/error';
import { imageDocuments } from './manifest-documents';

/** A Kubernetes object and the file that it was read from. */
export interface FileObject {
  /** Relative to the working folder, with forward slashes; the same on every system. */
  readonly file: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What was read: objects that may name an image, in the order of files and documents, and how many files there were. */
export interface ManifestFiles {
  readonly files: number;
  readonly objects: readonly FileObject[];
}

/** Files of a folder that may hold manifests. JSON is YAML. */
const MANIFEST = /\.(ya?ml|json)$/i;

/**
 * Reads the Kubernetes objects of some files and folders (with what is below them) that may name an image; all else is passed over. Throws
 * LLMD583 for a path that is not there, a file that is no text of the user's to read, and for what would have to be YAML and is none.
 */
export function readManifests(paths: readonly string[], cwd: string): ManifestFiles {
  const files = [...new Set(paths.flatMap((path) => filesOf(path, cwd)))];
  const objects = files.flatMap((path) => {
    const file = relative(cwd, path).replaceAll('\\', '/');
    return documentsOf(path, file)
      .filter(isManifest)
      .map((json) => ({ file, json }));
  });
  return { files: files.length, objects };
}

function filesOf(path: string, cwd: string): readonly string[] {
  const at = resolve(cwd, path);
  return reading(path, () => (statSync(at).isDirectory() ? filesBelow(at) : [at]));
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules') {
      return [];
    }
    return entry.isDirectory() ? filesBelow(path) : MANIFEST.test(entry.name) && isFile(entry, path) ? [path] : [];
  });
}

function isFile(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statSync(path).isFile());
}

function documentsOf(path: string, file: string): readonly unknown[] {
  return reading(file, () => imageDocuments(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))));
}

function isManifest(value: unknown): value is Readonly<Record<string, unknown>> {
  const { apiVersion, kind } = (value ?? {}) as Record<string, unknown>;
  return typeof apiVersion === 'string' && typeof kind === 'string';
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LlmdError) {
      throw error;
    }
    fail('LLMD583', { file, problem: firstLine((error as Error).message) });
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] as string).replace(/:$/, '');
}
