import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { bundlePlugin, checkSyntax } from './bundle-plugin';
import { packagesOf } from './bundled-packages';
import type { ContextFile } from './context-files';
import { ImageError } from './image-error';
import { APP_FOLDER, PLUGIN_FOLDER } from './layout';
import { moduleShape } from './module-shape';
import type { ImagePackage } from './packages';

/** A module of the user inside the image. */
export interface ImagePlugin {
  /** Name of its file without extension. */
  readonly name: string;
  /** The file as it was given. */
  readonly source: string;
  /** Where it is in the image: the `path` of a plugin of type `module`. */
  readonly path: string;
  /** npm packages whose code is in it, sorted by name: those bundled into it, and the one that it is of itself. */
  readonly packages: readonly ImagePackage[];
}

/** A plugin with the bytes that go into the image. */
export interface PreparedPlugin {
  readonly plugin: ImagePlugin;
  readonly file: ContextFile;
}

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The modules that go into the image, sorted by name. One that needs nothing at run time but Node goes in as it is (the image's Node
 * takes types away), so that its bytes depend on nothing else; others are bundled by esbuild.
 * @throws ImageError when one can not be used
 */
export function preparePlugins(sources: readonly string[], cwd: string, root: string): readonly PreparedPlugin[] {
  const taken = new Map<string, string>();
  const prepared = sources.map((source) => {
    const name = pluginName(source);
    const other = taken.get(name.toLowerCase());
    if (other !== undefined) {
      throw new ImageError(`the plugins ${other} and ${source} would both be "${name}" in the image; give one file another name`);
    }
    taken.set(name.toLowerCase(), source);
    return preparePlugin(source, name, cwd, root);
  });
  return prepared.sort((a, b) => (a.plugin.name < b.plugin.name ? -1 : 1));
}

/** What the plugins add to the context. Node reads `.js` and `.ts` in their folder as ES modules. */
export function pluginFiles(prepared: readonly PreparedPlugin[]): readonly ContextFile[] {
  if (prepared.length === 0) return [];
  const manifest = { path: `${APP_FOLDER}/${PLUGIN_FOLDER}/package.json`, bytes: Buffer.from('{"private":true,"type":"module"}\n') };
  return [manifest, ...prepared.map(({ file }) => file)];
}

function pluginName(source: string): string {
  const extension = extname(source);
  if (!EXTENSIONS.includes(extension)) {
    throw new ImageError(`the plugin ${source} is no module: its name has to end with one of ${EXTENSIONS.join(', ')}`);
  }
  const name = basename(source, extension);
  if (/\.d$/.test(name)) throw new ImageError(`the plugin ${source} holds types only; name the module itself`);
  if (!NAME.test(name)) {
    throw new ImageError(`the plugin ${source} needs another name: letters a to z, digits, ".", "_" and "-", at most 100, not "${name}"`);
  }
  return name;
}

function preparePlugin(source: string, name: string, cwd: string, root: string): PreparedPlugin {
  const path = resolve(cwd, source);
  const text = readModule(source, path);
  const shape = moduleShape(text, /\.[cm]?ts$/.test(source));
  if (shape.exports === 'nothing') {
    throw new ImageError(`the plugin ${source} exports nothing; export a function as default or as createPlugin`);
  }
  const isPlain = shape.needs.length === 0;
  if (isPlain) checkSyntax(source, path, text, cwd, root);
  const { bytes, packages } = isPlain
    ? { bytes: Buffer.from(text), packages: packagesOf([realpathSync(path)]) }
    : bundlePlugin(source, path, shape.needs, cwd, root);
  const file = `${PLUGIN_FOLDER}/${name}${isPlain ? plainExtension(source, shape.exports) : '.js'}`;
  return { plugin: { name, source, path: `/app/${file}`, packages }, file: { path: `${APP_FOLDER}/${file}`, bytes } };
}

/** Line ends and a byte order mark are up to editors and to git; they are no difference between two modules. */
function readModule(source: string, path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new ImageError(`the plugin ${source} is not there: ${path} does not exist`);
  if (!stat.isFile()) throw new ImageError(`the plugin ${source} is no file; name the module, such as ${source}/index.ts`);
  const text = readFileSync(path, 'utf8');
  if (text.includes('\uFFFD')) throw new ImageError(`the plugin ${source} is no text in UTF-8`);
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

function plainExtension(source: string, exports: 'module' | 'commonjs'): string {
  const isTypeScript = /ts$/.test(source);
  if (exports === 'commonjs') return isTypeScript ? '.cts' : '.cjs';
  return isTypeScript ? '.ts' : '.js';
}
