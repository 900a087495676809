import { readFileSync } from 'node:fs';
import { ImageError } from '../image-error';

/** An image of ours that a synth has named. */
export interface ManifestImage {
  readonly reference: string;
  readonly hash: string;
  /** Relative to the manifest's folder, with `/`. */
  readonly plugins: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** @default the last stage */
  readonly target?: string;
  readonly platforms: readonly string[];
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/**
 * The images of a manifest, each reference once.
 * @throws ImageError when the file is no manifest that this version reads
 */
export function readManifest(file: string): readonly ManifestImage[] {
  let content: { version?: unknown; images?: unknown } | null;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ImageError(`the manifest ${file} can not be read: ${(cause as Error).message}; run the synth again`, { cause });
  }
  if (content?.version !== 1) {
    const version = JSON.stringify(content?.version);
    throw new ImageError(`the manifest ${file} has the version ${version}, and this llm-d-epp reads 1; use the one that fits the library`);
  }
  if (!Array.isArray(content.images) || !content.images.every(isImage)) {
    throw new ImageError(`the manifest ${file} is not whole; run the synth again`);
  }
  const images = new Map((content.images as ManifestImage[]).map((image) => [image.reference, image]));
  return [...images.values()];
}

function isImage(value: unknown): value is ManifestImage {
  const { reference, hash, plugins, buildArgs, target, platforms } = (value ?? {}) as Record<string, unknown>;
  return (
    isText(reference) &&
    isText(hash) &&
    areTexts(plugins) &&
    areTexts(platforms) &&
    (target === undefined || isText(target)) &&
    typeof buildArgs === 'object' &&
    buildArgs !== null &&
    Object.values(buildArgs).every(isText)
  );
}
