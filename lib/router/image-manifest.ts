import { existsSync, mkdirSync, rmSync } from 'node:fs';
import nodePath, { type PlatformPath } from 'node:path';
import type { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { writeAtomically } from '../util/write-atomically';
import { contributionOf } from '../validation/contribution';
import { API } from '../versions';
import type { RouterImageAsset } from './router-image';

/** Name of the manifest, in the folder of the YAML. */
export const IMAGE_MANIFEST = 'llm-d-images.json';
const MANIFEST_VERSION = 1;
const WRAPPED = Symbol.for('cdk8s-llm-d.image-manifest');

/**
 * Lets the app above `scope` write, after the YAML of each `app.synth()`, which images of ours its charts need: `llm-d-images.json`, which
 * `cdk8s-llm-d image build` and `push` read. A manifest that is no longer true is removed.
 *
 * cdk8s has no hook for that, so the `synth` of the app is wrapped, once. An app that is not synthesized to files writes nothing.
 */
export function recordImages(scope: IConstruct): void {
  const root = scope.node.root as IConstruct & Partial<Pick<App, 'synth' | 'outdir'>> & { [WRAPPED]?: true };
  const { synth } = root;
  if (root[WRAPPED] || typeof synth !== 'function' || typeof root.outdir !== 'string') {
    return;
  }
  const value = function (this: App, ...args: []): void {
    synth.apply(this, args);
    writeManifest(manifestFile(this.outdir), imagesOf(this));
  };
  Object.defineProperties(root, { synth: { value, writable: true, configurable: true }, [WRAPPED]: { value: true } });
}

/**
 * Beside the YAML. A Helm chart parses every file of its `templates/`, so there it stands beside `Chart.yaml`, which is where
 * `cdk8s synth --format helm` has its output folder.
 */
function manifestFile(outdir: string): string {
  const folder = nodePath.resolve(outdir);
  const chart = nodePath.dirname(folder);
  const isHelm = nodePath.basename(folder) === 'templates' && existsSync(nodePath.join(chart, 'Chart.yaml'));
  return nodePath.join(isHelm ? chart : folder, IMAGE_MANIFEST);
}

/** Every image of ours below `root`, once, in the order of their references. */
function imagesOf(root: IConstruct): readonly RouterImageAsset[] {
  const found = new Map<string, RouterImageAsset>();
  for (const construct of root.node.findAll()) {
    const asset = contributionOf(construct)?.router?.image.asset;
    if (asset !== undefined && !found.has(asset.reference)) {
      found.set(asset.reference, asset);
    }
  }
  return [...found.values()].sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

function writeManifest(file: string, images: readonly RouterImageAsset[]): void {
  if (images.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(nodePath.dirname(file), { recursive: true });
  writeAtomically(file, manifestText(nodePath.dirname(file), images));
}

/** Text of the manifest in `folder`: no absolute path, the same on every machine. */
export function manifestText(folder: string, images: readonly RouterImageAsset[], path: PlatformPath = nodePath): string {
  const entries = images.map(({ reference, repository, tag, hash, plugins, packages, buildArgs, target, platforms }) => ({
    reference,
    repository,
    tag,
    hash,
    plugins: plugins.map(({ file }) => path.relative(folder, file).split(path.sep).join('/')),
    packages,
    buildArgs: Object.fromEntries(Object.entries(buildArgs).sort(([a], [b]) => (a < b ? -1 : 1))),
    target,
    platforms,
  }));
  // `kubectl apply -f dist/` and Argo CD read JSON files too, and fail on one that is no object: to them it is a list of nothing.
  const empty = { apiVersion: API.core, kind: 'List', items: [] };
  return `${JSON.stringify({ ...empty, version: MANIFEST_VERSION, images: entries }, null, 2)}\n`;
}
