import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the package: of the checkout, or of the installation. Sources and compiled files lie equally deep in it. */
export const PACKAGE_ROOT = join(__dirname, '../..');

/** Name of the image, without registry and tag. */
export const REPOSITORY = 'llm-d-epp';

/** The file that says how the image is built; in the folder of the context. */
export const DOCKERFILE = 'Dockerfile';

/** The file that says what of the folder goes to the builder. */
export const IGNORE_FILE = '.dockerignore';

/** Folder of the context whose files become `/app` in the image. */
export const APP_FOLDER = 'image/app';

/** Folder of the context whose folders are named by the architectures that there are native binaries for. */
export const NATIVE_FOLDER = 'image/native';

/** Folder below `app` for the modules of the user. */
export const PLUGIN_FOLDER = 'plugins';

/** Version of the package. */
export function packageVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
