import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { fail, LlmdError } from '../validation/error';

/** A Kubernetes object and the file that it was read from. */
export interface FileObject {
  /** Relative to the working folder, with forward slashes; the same on every system. */
  readonly file: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What was read: objects in the order of files and documents, and how many files there were. */
export interface ManifestFiles {
  readonly files: number;
  readonly objects: readonly FileObject[];
}

/** Files of a folder that may hold manifests. JSON is YAML. */
const MANIFEST = /\.(ya?ml|json)$/i;

/** What we use of `yaml`. */
interface Yaml {
  parseAllDocuments(
    text: string,
    options: { readonly version: '1.1' },
  ): Iterable<{
    readonly errors: readonly { readonly message: string }[];
    toJS(): unknown;
  }>;
}

/**
 * Reads all Kubernetes objects of some files and folders (with what is below them); other documents are passed over. Throws LLMD583 for
 * a path that is not there, a file that is no text of the user's to read, and one that is no YAML.
 */
export function readManifests(paths: readonly string[], cwd: string): ManifestFiles {
  const files = [...new Set(paths.flatMap((path) => filesOf(path, cwd)))];
  const yaml = yamlOfCdk8s();
  const objects = files.flatMap((path) => {
    const file = relative(cwd, path).replaceAll('\\', '/');
    return documentsOf(path, file, yaml)
      .filter(isManifest)
      .map((json) => ({ file, json }));
  });
  return { files: files.length, objects };
}

// The copy that wrote the files. `Yaml.load` of cdk8s starts a process for each file and takes broken YAML without a word.
function yamlOfCdk8s(): Yaml {
  return createRequire(require.resolve('cdk8s'))('yaml') as Yaml;
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

function documentsOf(path: string, file: string, yaml: Yaml): readonly unknown[] {
  return reading(file, () =>
    [...yaml.parseAllDocuments(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)), { version: '1.1' })].map(
      (document) => {
        const [error] = document.errors;
        const value = error === undefined ? document.toJS() : fail('LLMD583', { file, problem: firstLine(error.message) });
        return holdsItself(value) ? fail('LLMD583', { file, problem: 'an alias stands inside of what it names' }) : value;
      },
    ),
  );
}

/** True for a value without an end, which an alias inside of its own anchor makes. */
function holdsItself(value: unknown, above: Set<unknown> = new Set()): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  if (above.has(value)) {
    return true;
  }
  above.add(value);
  const found = Object.values(value).some((inner) => holdsItself(inner, above));
  above.delete(value);
  return found;
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
