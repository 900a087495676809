import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fail } from '../validation/error';

/** What `llm-d-epp/image` exports, as far as this library uses it. */
export interface RouterPackage {
  /** What goes into an image of the router, hashed; `cwd` is what the names of plugin files are relative to. */
  routerImageAsset(options: RouterAssetOptions, cwd: string): RouterAsset;
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
}

/** What may be asked of an image of the router; everything is part of its hash. */
export interface RouterAssetOptions {
  /**
   * Files with plugins of one's own.
   * @default - none
   */
  readonly plugins?: readonly string[];
  /**
   * Build arguments of the Dockerfile.
   * @default - none
   */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Stage of the Dockerfile.
   * @default - the last one
   */
  readonly target?: string;
  /**
   * Platforms of the image.
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
  /** Plugins by the name that the configuration gives them, where they come from, and where they are in the image. */
  readonly plugins: readonly { readonly name: string; readonly source: string; readonly path: string }[];
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
 * The router's package as `folder` sees it: that of its `node_modules`, or the package that it is in. It is no dependency of this
 * library, so it is loaded when somebody asks for it, and never from a bundle. Throws LLMD570 when it is not found, LLMD571 when it cannot
 * be loaded.
 */
export function routerPackage(folder: string): RouterPackage {
  const found = findRouterPackage([folder, ...programFolders()]);
  if (found === undefined) {
    fail('LLMD570', { folder });
  }
  try {
    return createRequire(found)(found) as RouterPackage;
  } catch (error) {
    fail('LLMD571', { file: found, problem: error instanceof Error ? error.message : String(error) });
  }
}

function findRouterPackage(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return createRequire(resolve(folder, 'index.js')).resolve(ENTRY);
    } catch (error) {
      if (!ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw error;
      }
    }
  }
  return undefined;
}

/** Where the program lies, and where this library does: a program may be started from a folder that knows nothing of either. */
function programFolders(): readonly string[] {
  const program = process.argv[1];
  return [...(program === undefined ? [] : [dirname(program)]), ...(typeof __dirname === 'undefined' ? [] : [__dirname])];
}
