import { createHash } from 'node:crypto';
import type { ImagePackage } from '../router/router-package';
import type { Image } from '../values/image';
import { fullName } from '../values/registry-name';
import { RELEASES } from '../versions';
import type { ListedImage } from './image-list';

/** What a bill of materials is written from. */
export interface BillInput {
  readonly images: readonly ListedImage[];
  /** Packages of images whose inside is known, by reference. */
  readonly packages: ReadonlyMap<string, readonly ImagePackage[]>;
  /** Version of this library. */
  readonly version: string;
  /** When it was made; undefined leaves it out where the format allows. */
  readonly timestamp: string | undefined;
}

/** Name of the tool in bills of materials. */
export const TOOL = 'cdk8s-llm-d';

/**
 * Package URL of an image: name and digest, where it is, and the tag. Colons are not encoded, in any part, as the specification has it.
 */
export function purlOfImage(image: Image): string {
  const { host, path } = fullName(image);
  const name = path.split('/').pop() as string;
  const version = image.digest === undefined ? '' : `@${encode(image.digest)}`;
  const tag = image.tag === undefined ? '' : `&tag=${encode(image.tag)}`;
  return `pkg:oci/${encode(name)}${version}?repository_url=${encode(`${host}/${path}`)}${tag}`;
}

/** What stands for a version or a licence that nobody says, in SPDX and in what the router's package tells. */
export const NOTHING_SAID = 'NOASSERTION';

/** Version of an npm package; undefined where it says none. */
export function versionOf({ version }: ImagePackage): string | undefined {
  return version === NOTHING_SAID ? undefined : version;
}

/** Package URL of an npm package, with the version that it has. */
export function purlOfPackage(one: ImagePackage): string {
  const version = versionOf(one);
  return `pkg:npm/${encode(one.name.toLowerCase())}${version === undefined ? '' : `@${encode(version)}`}`;
}

// Letters, digits and .-_~ stay, and so do the colon and the slash.
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/');
}

/** True for an image of this project's router, by its name. */
export function isRouterImage(image: Image): boolean {
  const routers: readonly string[] = Object.values(RELEASES).map(({ router }) => router.repository);
  return routers.includes(image.repository.split('/').pop() as string);
}

const WORD = '\\(*[A-Za-z0-9.+:-]+\\)*';
const EXPRESSION = new RegExp(`^${WORD}( (AND|OR|WITH) ${WORD})*$`);
const NO_LICENCE: ReadonlySet<string> = new Set(['UNLICENSED', 'UNKNOWN', 'NONE', NOTHING_SAID]);

/** True for a licence that is written as an SPDX expression: the grammar is checked, not the names of licences. */
export function isSpdxExpression(license: string): boolean {
  return EXPRESSION.test(license) && !NO_LICENCE.has(license);
}

/** An identifier that follows from the content: the same content, the same identifier, on every machine. */
export function contentUuid(content: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  // Version 8 (RFC 9562): made by a rule of one's own.
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Images of a list that are references, each with its packages. */
export function billImages(
  input: BillInput,
): readonly { readonly listed: ListedImage; readonly image: Image; readonly packages: readonly ImagePackage[] }[] {
  return input.images.flatMap((listed) =>
    listed.image === undefined ? [] : [{ listed, image: listed.image, packages: input.packages.get(listed.reference) ?? [] }],
  );
}

/** Every package once, in the order of its package URL. */
export function billPackages(input: BillInput): readonly { readonly purl: string; readonly one: ImagePackage }[] {
  const byPurl = new Map(billImages(input).flatMap(({ packages }) => packages.map((one) => [purlOfPackage(one), one] as const)));
  return [...byPurl].sort(([a], [b]) => (a < b ? -1 : 1)).map(([purl, one]) => ({ purl, one }));
}
