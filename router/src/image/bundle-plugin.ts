import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type BundleRecord, bundledPackages } from './bundled-packages';
import { ImageError } from './image-error';
import type { ImagePackage } from './packages';

/** A module with all that it imports. */
export interface Bundle {
  readonly bytes: Uint8Array;
  /** Packages whose code is in it. */
  readonly packages: readonly ImagePackage[];
}

/** The part of esbuild that is used; the package is optional. */
interface Esbuild {
  transformSync(source: string, options: Readonly<Record<string, unknown>>): unknown;
  buildSync(options: Readonly<Record<string, unknown>>): {
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: BundleRecord;
  };
}

/** esbuild's own words for a `require` that is left in an ES module; it looks for one in scope first. */
const LEFT_REQUIRE = 'Dynamic require of';

/** The file of a module inside a bundle, which would tell in which `node_modules` npm has put it. */
const MODULE_NAME = /(\b__(?:commonJS|esm)\(\{)"[^"]*"\(/g;
const REQUIRE = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);\n`;

/**
 * One ES module with all that a module imports, for the image's Node. Found are esbuild in the module's folder, in the working folder or
 * beside this package; the bytes are its work, so its version belongs into the user's lock file.
 * @throws ImageError when esbuild is not installed, or can not bundle the module
 */
export function bundlePlugin(source: string, path: string, needs: readonly string[], cwd: string, root: string): Bundle {
  const esbuild = findEsbuild([dirname(path), cwd, root]);
  if (esbuild === undefined) {
    const why = `it has ${needs.join(', ')}`;
    throw new ImageError(`the plugin ${source} can not go into the image as it is (${why}); npm install --save-dev esbuild`);
  }
  try {
    const folder = dirname(path);
    const { outputFiles, metafile } = esbuild.buildSync({
      // Nothing of where the module lies may get into the bytes: neither its folder nor a tsconfig.json above it.
      absWorkingDir: folder,
      entryPoints: [path],
      tsconfigRaw: '{}',
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      charset: 'utf8',
      legalComments: 'eof',
      minifyWhitespace: true,
      metafile: true,
      logLevel: 'silent',
    });
    const text = (outputFiles[0]?.text ?? '').replaceAll(MODULE_NAME, '$1""(').replaceAll('\r\n', '\n');
    const bytes = Buffer.from(text.includes(LEFT_REQUIRE) ? REQUIRE + text : text);
    return { bytes, packages: bundledPackages(metafile, folder) };
  } catch (error) {
    throw new ImageError(`the plugin ${source} can not be bundled: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Refuses a module that goes into the image as it is and would end the router at its start. Without esbuild nothing is checked.
 * @throws ImageError when the module is no JavaScript or TypeScript
 */
export function checkSyntax(source: string, path: string, text: string, cwd: string, root: string): void {
  try {
    findEsbuild([dirname(path), cwd, root])?.transformSync(text, {
      loader: /ts$/.test(path) ? 'ts' : 'js',
      sourcefile: source,
      tsconfigRaw: '{}',
      logLevel: 'silent',
    });
  } catch (error) {
    throw new ImageError(`the plugin ${source} can not be read: ${(error as Error).message}`, { cause: error });
  }
}

function findEsbuild(folders: readonly string[]): Esbuild | undefined {
  for (const folder of folders) {
    const load = createRequire(join(folder, 'package.json'));
    let file: string;
    try {
      file = load.resolve('esbuild');
    } catch {
      continue;
    }
    return load(file) as Esbuild;
  }
  return undefined;
}
