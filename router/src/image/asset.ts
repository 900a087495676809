import { contentHash, type ImageContent } from './content-hash';
import { contextFiles } from './context-files';
import { checkOptions, type RouterImageOptions } from './image-options';
import { PACKAGE_ROOT, packageVersion, REPOSITORY } from './layout';
import { type ImagePlugin, pluginFiles, preparePlugins } from './plugins';

/** The router's image as its content names it. */
export interface RouterImageAsset {
  readonly repository: typeof REPOSITORY;
  /** Version of this package. */
  readonly version: string;
  /** SHA-256 over what goes into the image, 64 hex digits. */
  readonly hash: string;
  /** `<version>-<first 12 digits of the hash>`. */
  readonly tag: string;
  readonly plugins: readonly ImagePlugin[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /**
   * Stage of the Dockerfile.
   * @default the last
   */
  readonly target?: string;
  /** Sorted. */
  readonly platforms: readonly string[];
}

/** An asset, and the content that it is the name of. */
export interface PreparedImage {
  readonly asset: RouterImageAsset;
  readonly content: ImageContent;
}

/**
 * Names the image that this package and the options build: the same inputs get the same tag on every machine and in every folder, in a
 * checkout and in an installation. Nothing is written and no container tool is asked.
 * @param cwd what relative paths of plugins are relative to
 * @throws ImageError when the context was not built ("npm run build"), or when an option or a plugin can not be used
 */
export function routerImageAsset(options: RouterImageOptions = {}, cwd: string = process.cwd()): RouterImageAsset {
  return prepareImage(options, cwd).asset;
}

/** {@link routerImageAsset} with the files that the builder gets. */
export function prepareImage(options: RouterImageOptions, cwd: string, root: string = PACKAGE_ROOT): PreparedImage {
  const files = contextFiles(root);
  const { buildArgs, target, platforms } = checkOptions(root, options);
  const prepared = preparePlugins(options.plugins ?? [], cwd, root);
  const content: ImageContent = { files: [...files, ...pluginFiles(prepared)], buildArgs, target, platforms };
  const hash = contentHash(content);
  const version = packageVersion(root);
  const asset: RouterImageAsset = {
    repository: REPOSITORY,
    version,
    hash,
    // A tag has no "+", which a version may have.
    tag: `${version.replaceAll('+', '_')}-${hash.slice(0, 12)}`,
    plugins: prepared.map(({ plugin }) => plugin),
    buildArgs,
    ...(target !== undefined && { target }),
    platforms,
  };
  return { asset, content };
}
