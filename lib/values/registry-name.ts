import { Image } from './image';

/** Registry that a reference without one means. */
export const DEFAULT_REGISTRY = 'docker.io';
/** Another name of the same, which the kubelet's runtimes replace too. */
const DEFAULT_REGISTRY_ALIAS = 'index.docker.io';
/** Where that registry keeps repositories of one word. */
const DEFAULT_PATH = 'library';

/** True for `host[:port][/path]`: an image below it is a reference, with a host in its first part. */
export function isRegistry(prefix: string): boolean {
  const image = Image.tryParse(`${prefix}/image`);
  return image?.registry !== undefined && image.tag === undefined && image.digest === undefined;
}

/** The host of an image as its registry is asked, and the path there: nothing is left to be filled in by whoever pulls. */
export function fullName(image: Image): { readonly host: string; readonly path: string } {
  const host = askedHost(image.registry ?? DEFAULT_REGISTRY);
  const short = host === DEFAULT_REGISTRY && !image.repository.includes('/');
  return { host, path: short ? `${DEFAULT_PATH}/${image.repository}` : image.repository };
}

/** True for an image that is, or could be, written as one word: `nginx`, without a registry and a path. */
export function isOneWord(image: Image): boolean {
  const { host, path } = fullName(image);
  return host === DEFAULT_REGISTRY && path.startsWith(`${DEFAULT_PATH}/`) && path.split('/').length === 2;
}

/** Tag and digest as they stand behind a name. */
export function suffixOf({ tag, digest }: Image): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** A reference with nothing left out but a tag that was left out: `nginx` is `docker.io/library/nginx`. */
export function canonicalReference(image: Image): string {
  const { host, path } = fullName(image);
  return `${host}/${path}${suffixOf(image)}`;
}

/** True when an image lies below a registry or a path of it. */
export function isBelow(image: Image, prefix: string): boolean {
  const { host, path } = fullName(image);
  return `${host}/${path}`.startsWith(`${fullPrefix(prefix)}/`);
}

/** True when an image lies below one of these that are there. */
export function isBelowOne(image: Image, prefixes: readonly (string | undefined)[]): boolean {
  return prefixes.some((prefix) => prefix !== undefined && isBelow(image, prefix));
}

/** A registry, with its path, as the full names of images begin that lie below it. */
export function fullPrefix(prefix: string): string {
  const [host = '', ...path] = prefix.split('/');
  return [askedHost(host), ...path].join('/');
}

function askedHost(given: string): string {
  const host = given.toLowerCase();
  return host === DEFAULT_REGISTRY_ALIAS ? DEFAULT_REGISTRY : host;
}
