import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IConstruct } from 'constructs';
import { checkText, isRecord, textOf } from '../util/check';
import { ensure, fail } from '../validation/error';
import { BUNDLED_ROUTER } from './bundled-tag';
import type { ResolvedRouterImage } from './router-image';
import { messageOf, type RouterAsset, type RouterPackageOptions, routerPackage } from './router-package';

/** Where an image of the router is built from, as `RouterImage.fromPackage` was told. */
export interface RouterPackageSource {
  /** Folder of the package, or one that sees it; undefined for the working folder. */
  readonly dir: string | undefined;
  /** What relative paths start at. */
  readonly cwd: string;
  readonly options: RouterPackageOptions;
}

/** What is in an image, whatever it is called and wherever it is pushed. */
export type AssetContent = Omit<RouterAsset, 'repository' | 'version'>;

/** What the package makes of these options. Throws LLMD570 to LLMD573. */
function packagedAsset({ dir, cwd, options }: RouterPackageSource): AssetContent {
  const { routerImageAsset } = routerPackage(resolve(cwd, dir ?? ''), dir === undefined);
  for (const plugin of options.plugins ?? []) {
    ensure(existsSync(resolve(cwd, plugin)), 'LLMD573', { plugin, folder: cwd });
  }
  try {
    return routerImageAsset(options, cwd);
  } catch (error) {
    fail('LLMD572', { problem: messageOf(error) });
  }
}

const KNOWN = new WeakMap<IConstruct, Map<string, AssetContent>>();

/** {@link packagedAsset}, read and hashed once for each app: all its routers run the same files, and there may be hundreds. */
export function onceInApp(scope: IConstruct, source: RouterPackageSource): AssetContent {
  const { root } = scope.node;
  const known = KNOWN.get(root) ?? new Map<string, AssetContent>();
  KNOWN.set(root, known);
  const key = JSON.stringify(source);
  const content = known.get(key) ?? packagedAsset(source);
  known.set(key, content);
  return content;
}

/** The image that was built together with this library, if that is what `tag` names. */
export function bundledAsset(tag: string): AssetContent | undefined {
  const { hash, platforms } = BUNDLED_ROUTER;
  return tag === BUNDLED_ROUTER.tag && hash !== undefined ? { tag, hash, platforms, plugins: [], buildArgs: {} } : undefined;
}

/** The plugins in an image, file by name. */
export function modulesOf({ asset }: ResolvedRouterImage): ReadonlyMap<string, string> {
  return new Map((asset?.plugins ?? []).map(({ name, path }) => [name, path]));
}

/** Throws LLMD107 unless the shapes are right; what they name is checked when the image is resolved. */
export function checkPackageOptions(dir: unknown, options: RouterPackageOptions): void {
  checkText('dir', dir, /./, 'it must be a folder, e.g. ./router');
  ensure(isRecord(options), 'LLMD107', { prop: 'options', given: textOf(options), allowed: 'it must be an object' });
  const { plugins, platforms, buildArgs, target } = options;
  for (const [prop, list] of Object.entries({ plugins, platforms })) {
    const isList = list === undefined || (Array.isArray(list) && list.every((item) => typeof item === 'string' && item !== ''));
    ensure(isList, 'LLMD107', { prop, given: textOf(list), allowed: 'it must be a list of text' });
  }
  const isMap = buildArgs === undefined || (isRecord(buildArgs) && Object.values(buildArgs).every((value) => typeof value === 'string'));
  ensure(isMap, 'LLMD107', { prop: 'buildArgs', given: textOf(buildArgs), allowed: "it must be texts by name, e.g. { BASE: 'node:24' }" });
  checkText('target', target, /./, 'it must name a stage of the Dockerfile');
}
