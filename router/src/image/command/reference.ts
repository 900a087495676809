import { ImageError } from '../image-error';

/** A reference taken apart. */
export interface Reference {
  /** Host and port; undefined when none is named, so that tools take their default. */
  readonly registry: string | undefined;
  /** Path below the registry. */
  readonly path: string;
  readonly tag: string;
}

const HOST = /^(?:localhost|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:)|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Takes `[host[:port]/]path:tag` apart. A first part with a dot or a colon, or the word localhost, is a host.
 * @throws ImageError for anything else, a digest too: an image that is to be built has none yet
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const registry = HOST.test(first) ? first : undefined;
  const rest = registry === undefined ? text : text.slice(slash + 1);
  const colon = rest.indexOf(':');
  const [path, tag] = colon < 0 ? [rest, ''] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (PATH.test(path) && TAG.test(tag)) return { registry, path, tag };
  throw new ImageError(`"${text}" is no name of an image to build, which looks like registry.example.com/team/llm-d-epp:tag`);
}

/**
 * The name of an image below a registry, or of one that is only on this machine.
 * @throws ImageError when no image can be below a registry of that name
 */
export function joinReference(registry: string | undefined, repository: string, tag: string): string {
  if (!TAG.test(tag)) throw new ImageError(`"${tag}" is no tag: up to 128 letters, digits, "_", "." and "-"`);
  if (registry === undefined) return `${repository}:${tag}`;
  const parts = /^([^/]+)(?:\/(.+))?$/.exec(registry);
  if (parts === null || !HOST.test(parts[1] as string) || (parts[2] !== undefined && !PATH.test(parts[2]))) {
    throw new ImageError(`"${registry}" is no registry, which looks like registry.example.com or localhost:5000/team, without "https://"`);
  }
  return `${registry}/${repository}:${tag}`;
}
