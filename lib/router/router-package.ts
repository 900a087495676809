import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { ensure, fail } from '../validation/error';

/** An npm package inside of an image. */
export interface ImagePackage {
  /** `name` or `@scope/name`. */
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
}

/** What `llm-d-epp/image` exports, as far as this library uses it. */
export interface RouterPackage {
  /** What goes into an image of the router, hashed; `cwd` is what the names of plugin files are relative to. */
  routerImageAsset(options: RouterPackageOptions, cwd: string): RouterAsset;
  /** `image build`, `image push` and `image inspect`; returns the exit code. */
  runImageCommand(
    argv: readonly string[],
    io: {
      readonly cwd: string;
      readonly env: Readonly<Record<string, string | undefined>>;
      stdout(text: string): void;
      stderr(text: string): void;
    },
  ): Promise<number>;
  /** The npm packages that are in the image; those of plugins are not among them. */
  imagePackages(): readonly ImagePackage[];
}

/** What goes into an image of the router besides the router; everything is part of its hash, and so of its tag. */
export interface RouterPackageOptions {
  /**
   * TypeScript or JavaScript files with a scorer or filter each, relative to the working folder. Each is bundled into the image and
   * declared in the router's configuration under the name of its file without the ending; `Scorer.module` weighs it.
   * @default - none
   */
  readonly plugins?: readonly string[];
  /**
   * Build arguments of the Dockerfile, e.g. `BASE`, the image with Node that it starts from. No secrets: they stand in
   * `llm-d-images.json` and in the history of the image.
   * @default - none
   */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Stage of the Dockerfile.
   * @default - the last one
   */
  readonly target?: string;
  /**
   * Platforms of the image, as `docker buildx build --platform` writes them.
   * @default ['linux/amd64', 'linux/arm64']
   */
  readonly platforms?: readonly string[];
}

/** One image of the router, before any registry. */
export interface RouterAsset {
  /** Without a registry. */
  readonly repository: string;
  /** Of the package. */
  readonly version: string;
  /** 64 hex digits over everything that goes into the image. */
  readonly hash: string;
  /** `<version>-<first 12 digits of the hash>`. */
  readonly tag: string;
  /**
   * Plugins by the name that the configuration gives them, where they come from, where they are in the image, and which npm packages were
   * bundled into them.
   */
  readonly plugins: readonly {
    readonly name: string;
    readonly source: string;
    readonly path: string;
    /** Undefined for what an older package makes. */
    readonly packages: readonly ImagePackage[] | undefined;
  }[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /**
   * Stage of the Dockerfile.
   * @default - the last one
   */
  readonly target?: string;
  readonly platforms: readonly string[];
}

const ENTRY = 'llm-d-epp/image';
/** What Node says of a package that is not there, and of one that has no such entry point: an older one. */
const ABSENT = ['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];

/**
 * The router's package as `folder` sees it: that of its `node_modules`, or the package that it is in; with `elsewhere` also the one beside
 * the program or beside this library. It is no dependency of this library, so it is loaded when somebody asks for it, and never put into a
 * bundle. Throws LLMD570 when it is not found, LLMD571 when it cannot be used.
 */
export function routerPackage(folder: string, elsewhere = true): RouterPackage {
  const file = find([folder, ...(elsewhere ? programFolders() : [])]);
  ensure(file !== undefined, 'LLMD570', { folder });
  const loaded = load(file);
  for (const name of ['routerImageAsset', 'runImageCommand'] as const) {
    ensure(typeof loaded[name] === 'function', 'LLMD571', { file, problem: `it exports no ${name}` });
  }
  return loaded as RouterPackage;
}

function find(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return createRequire(resolve(folder, 'index.js')).resolve(ENTRY);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      ensure(ABSENT.includes(code), 'LLMD571', { file: folder, problem: message });
    }
  }
  return undefined;
}

function load(file: string): Partial<RouterPackage> {
  try {
    return createRequire(file)(file) as RouterPackage;
  } catch (error) {
    fail('LLMD571', { file, problem: messageOf(error) });
  }
}

/** Where the program lies, and where this library does: a program may be started from a folder that knows nothing of either. */
function programFolders(): readonly string[] {
  const program = process.argv[1];
  return [...(program === undefined ? [] : [dirname(program)]), ...(typeof __dirname === 'undefined' ? [] : [__dirname])];
}

/** What an error of another package says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error);
}
