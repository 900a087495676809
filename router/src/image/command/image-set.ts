import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { type PreparedImage, prepareImage } from '../asset';
import { ImageError } from '../image-error';
import { PACKAGE_ROOT } from '../layout';
import type { CommandLine } from './command-line';
import type { CommandIo } from './io';
import { type ManifestImage, readManifest } from './manifest-file';
import { joinReference, parseReference } from './reference';

/** Environment variable with the registry, which the library reads too. */
export const REGISTRY_VARIABLE = 'CDK8S_LLM_D_REGISTRY';

/** Where a synth leaves the images that it has named. */
export const DEFAULT_MANIFEST = 'dist/llm-d-images.json';

/** An image with the name that it is built under. */
export interface NamedImage extends PreparedImage {
  readonly reference: string;
}

/**
 * The images that a call is about: those of the manifest, or the one that the options name.
 * @throws ImageError when the package here does not build what the manifest names
 */
export function imageSet(line: CommandLine, io: CommandIo): readonly NamedImage[] {
  const file = line.manifest ?? (line.isNamed ? undefined : DEFAULT_MANIFEST);
  const manifest = file === undefined ? undefined : resolve(io.cwd, file);
  if (manifest !== undefined && (line.manifest !== undefined || existsSync(manifest))) {
    return readManifest(manifest).map((image) => imageOfManifest(image, manifest, io.cwd));
  }
  const { plugins, buildArgs, target, platforms } = line;
  const options = { plugins, buildArgs, ...(target !== undefined && { target }), ...(platforms !== undefined && { platforms }) };
  const prepared = prepareImage(options, io.cwd);
  const registry = line.registry ?? (io.env[REGISTRY_VARIABLE] || undefined);
  return [{ ...prepared, reference: joinReference(registry, prepared.asset.repository, line.tag ?? prepared.asset.tag) }];
}

function imageOfManifest(image: ManifestImage, manifest: string, cwd: string): NamedImage {
  const { reference, hash, plugins, buildArgs, target, platforms } = image;
  const { tag } = parseReference(reference);
  const prepared = prepareImage({ plugins, buildArgs, platforms, ...(target !== undefined && { target }) }, dirname(manifest));
  const { asset } = prepared;
  if (asset.hash === hash) {
    if (tag === asset.tag) return { ...prepared, reference };
    throw new ImageError(`${relative(cwd, manifest)} names ${reference}, and this content is ${asset.tag}; run the synth again`);
  }
  const plugged = plugins.length === 0 ? '' : ` or one of its plugins (${plugins.join(', ')})`;
  const advice = tag.startsWith(`${asset.version.replaceAll('+', '_')}-`)
    ? `the router${plugged} is not what it was at the synth: run the synth again, then this`
    : `this is llm-d-epp ${asset.version}: install the version that the tag begins with, or run the synth again`;
  throw new ImageError(
    `${relative(cwd, manifest)} names ${reference} with the hash ${hash.slice(0, 12)}, ` +
      `and ${PACKAGE_ROOT} builds ${asset.tag} with the hash ${asset.hash.slice(0, 12)}; ${advice}`,
  );
}
