import { Image } from '../values/image';
import { type ImagePlace, imagePlaces } from '../values/image-places';
import { canonicalReference } from '../values/registry-name';
import type { FileObject } from './manifest-files';

/** Where an image is named. */
export interface ImageUse {
  readonly file: string;
  readonly kind: string;
  /** @default - the object names none */
  readonly namespace?: string;
  readonly name: string;
  /**
   * Container or volume.
   * @default - the image is of the object itself
   */
  readonly container?: string;
  /** Field of the object. */
  readonly field: string;
}

/** An image of a list, named in full: registry, path, tag, digest. */
export interface ListedImage {
  readonly reference: string;
  /** Undefined for a text that is no reference: another tool fills it in later. */
  readonly image: Image | undefined;
  /** True when a controller in the cluster chooses the tag. */
  readonly tagUnknown: boolean;
  readonly uses: readonly ImageUse[];
}

/** Lists of images, each once, however often and in however many ways it is written; in the order of the code units. */
export interface ImageLists {
  /** What is certain to be one. */
  readonly images: readonly ListedImage[];
  /** All else that may be one. */
  readonly others: readonly ListedImage[];
}

interface Named {
  readonly object: FileObject;
  readonly place: ImagePlace;
}

/** Every image that objects name. */
export function listImages(objects: readonly FileObject[]): ImageLists {
  const named = objects.flatMap((object) => imagePlaces(object.json).map((place) => ({ object, place })));
  return { images: listOf(named.filter(({ place }) => place.certain)), others: listOf(named.filter(({ place }) => !place.certain)) };
}

function listOf(named: readonly Named[]): readonly ListedImage[] {
  const byReference = new Map<string, { readonly image: Image | undefined; tagUnknown: boolean; readonly uses: Map<string, ImageUse> }>();
  for (const { object, place } of named) {
    const parsed = Image.tryParse(place.reference);
    const reference = parsed === undefined ? place.reference : canonicalReference(parsed);
    const known = byReference.get(reference);
    const entry = known ?? { image: Image.tryParse(reference), tagUnknown: place.tagUnknown, uses: new Map() };
    entry.tagUnknown &&= place.tagUnknown;
    const use = useOf(object, place);
    entry.uses.set(JSON.stringify(use), use);
    byReference.set(reference, entry);
  }
  return [...byReference]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reference, { image, tagUnknown, uses }]) => ({ reference, image, tagUnknown, uses: [...uses.values()] }));
}

function useOf({ file, json }: FileObject, { path, owner }: ImagePlace): ImageUse {
  const inner = itemOf(json, path);
  const { name, namespace } = (inner.json.metadata ?? {}) as Record<string, unknown>;
  return {
    file,
    kind: String(inner.json.kind),
    ...(namespace === undefined ? {} : { namespace: String(namespace) }),
    name: String(name ?? ''),
    ...(owner === undefined ? {} : { container: owner }),
    field: inner.path,
  };
}

/** The object that a field belongs to: of a List, the item. */
function itemOf(
  json: Readonly<Record<string, unknown>>,
  path: string,
): { readonly json: Readonly<Record<string, unknown>>; readonly path: string } {
  const [, index, rest] = /^items\[(\d+)\]\.(.*)$/.exec(path) ?? [];
  const item = index === undefined || !Array.isArray(json.items) ? undefined : (json.items[Number(index)] as Record<string, unknown>);
  return typeof item?.kind === 'string' ? itemOf(item, rest as string) : { json, path };
}

/** One line for each use: which object, which part of it, in which file. */
export function describeUse({ kind, namespace, name, container, field, file }: ImageUse): string {
  const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return `${object}${container === undefined ? '' : ` ${container}`} (${field}) in ${file}`;
}
