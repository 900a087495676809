import { Image } from '../values/image';
import type { ImageMirror } from '../values/image-mirror';
import { canonicalReference, isOneWord, suffixOf } from '../values/registry-name';
import { isRouterImage } from './bill-of-materials';
import type { ListedImage } from './image-list';

/** An image and its copy. */
export interface MirrorPair {
  readonly source: string;
  /** What `imageMirror` writes at synth. */
  readonly target: string;
}

/** What is to copy, and what is not. */
export interface MirrorPlan {
  readonly pairs: readonly MirrorPair[];
  /** Images that lie in the mirror or in the registry of the chart and are no copies, and the router's while it is in no registry. */
  readonly own: readonly string[];
  /** Images without a tag of their own, and texts that are no reference. */
  readonly unknown: readonly string[];
}

/**
 * What must be copied for a list. Images that are named in the mirror already are copied from where they come from, so that the list may
 * be of objects before or after `imageMirror` was set. Throws LLMD581 for a target that is no reference.
 */
export function planMirror(images: readonly ListedImage[], mirror: ImageMirror, ownRegistry: string | undefined): MirrorPlan {
  const pairs = new Map<string, MirrorPair>();
  const own: string[] = [];
  const unknown: string[] = [];
  for (const { reference, image, tagUnknown } of images) {
    if (image === undefined || tagUnknown) {
      unknown.push(reference);
      continue;
    }
    const target = mirror.targetOf(reference, ownRegistry);
    // The router that a chart without a registry names was never published: there is nothing to copy.
    const published = target === reference ? mirror.sourceOf(reference) : reference;
    const source = isRouterImage(image) && isOneWord(image) ? undefined : published;
    if (source === undefined) {
      own.push(reference);
      continue;
    }
    pairs.set(target, { source, target });
  }
  return { pairs: [...pairs.values()].sort((a, b) => (a.source < b.source ? -1 : 1)), own, unknown };
}

/** How pairs are printed: for a tool that copies, or source and target alone. */
export const COPY_FORMATS = ['skopeo', 'crane', 'docker', 'oras', 'pairs'] as const;

/** One of {@link COPY_FORMATS}. */
export type CopyFormat = (typeof COPY_FORMATS)[number];

/**
 * The line for one pair. Every tool copies all platforms, and so keeps the digest: skopeo and docker must be told, crane and oras do so by
 * themselves.
 */
export function copyLine({ source, target }: MirrorPair, format: CopyFormat): string {
  const [from, to] = [copySource(source), copyTarget(target)];
  switch (format) {
    case 'skopeo':
      return `skopeo copy --all --preserve-digests docker://${from} docker://${to}`;
    case 'crane':
      return `crane copy ${from} ${to}`;
    case 'docker':
      // An image for one platform alone would otherwise be wrapped in an index, with another digest.
      return `docker buildx imagetools create --prefer-index=false --tag ${to} ${from}`;
    case 'oras':
      return `oras cp ${from} ${to}`;
    default:
      return `${source} ${target}`;
  }
}

// Few tools take a reference with both: the digest says more.
function copySource(reference: string): string {
  const image = Image.parse(reference);
  const name = nameOf(canonicalReference(image), image);
  return image.digest === undefined ? `${name}:${image.tag ?? 'latest'}` : `${name}@${image.digest}`;
}

// A copy is pushed under a tag, and found by its digest too. What has a digest alone gets a tag as well, because registries clear away
// what has none.
function copyTarget(reference: string): string {
  const image = Image.parse(reference);
  const name = nameOf(reference, image);
  return `${name}:${image.tag ?? image.digest?.replace(':', '-') ?? 'latest'}`;
}

function nameOf(reference: string, image: Image): string {
  return reference.slice(0, reference.length - suffixOf(image).length);
}
