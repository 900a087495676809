import { hasPlaceholder } from '../util/placeholder';
import { ensure, LlmdError } from '../validation/error';

// Grammar of the distribution project: a first part with a dot, a colon or the word localhost is a registry, all else is repository.
const REGISTRY = /^(localhost|[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:))(:\d{1,5})?$/;
const PATH_PART = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MOVING = new Set(['latest', 'main', 'master', 'nightly', 'dev', 'edge']);

/** True for the digest of an image: `sha256:` and 64 hex digits. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

/**
 * The parts of a container image reference.
 *
 * A reference may hold values that are only known at deployment (`outputToken` of `cdk8s-llm-d/pulumi`): what stands where they stand
 * is not checked, and a reference that begins with one is taken to name its registry.
 */
export class Image {
  /** Host and port; undefined when the kubelet would take its default registry. */
  readonly registry: string | undefined;
  /** Path below the registry. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string | undefined;

  private constructor(parts: { registry: string | undefined; repository: string; tag: string | undefined; digest: string | undefined }) {
    this.registry = parts.registry;
    this.repository = parts.repository;
    this.tag = parts.tag;
    this.digest = parts.digest;
    Object.freeze(this);
  }

  /** Takes a reference apart; throws LLMD540 when a kubelet would refuse it. */
  static parse(reference: string): Image {
    const check = (ok: boolean) => ensure(ok, 'LLMD540', { given: reference });
    check(typeof reference === 'string');
    const [named = '', digest, ...more] = reference.split('@');
    check(more.length === 0 && (digest === undefined || isDigest(digest) || hasPlaceholder(digest)));
    const slash = named.indexOf('/');
    const first = slash === -1 ? '' : named.slice(0, slash);
    const registry = REGISTRY.test(first) || hasPlaceholder(first) ? first : undefined;
    const rest = registry === undefined ? named : named.slice(slash + 1);
    const colon = rest.indexOf(':');
    const repository = colon === -1 ? rest : rest.slice(0, colon);
    const tag = colon === -1 ? undefined : rest.slice(colon + 1);
    check(repository.length <= 255 && repository.split('/').every((part) => PATH_PART.test(part)));
    check(tag === undefined || TAG.test(tag));
    return new Image({ registry, repository, tag, digest });
  }

  /** Like {@link Image.parse}; undefined for a text that is no reference, e.g. one that another tool fills in after the synth. */
  static tryParse(reference: string): Image | undefined {
    try {
      return Image.parse(reference);
    } catch (error) {
      if (error instanceof LlmdError) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * True when the same reference may name another image tomorrow: no digest, and no tag or one of the moving tags. False when that is
   * only known at deployment.
   */
  get isFloating(): boolean {
    if (this.tag === undefined) {
      // A value at the end may bring tag and digest with it.
      return this.digest === undefined && !hasPlaceholder(this.repository.split('/').pop() as string);
    }
    return this.digest === undefined && this.tag.split(/[-_.]/).every((word) => MOVING.has(word));
  }

  /** True when the kubelet would take its default registry; false when that is only known at deployment. */
  get lacksRegistry(): boolean {
    return this.registry === undefined && !hasPlaceholder(this.repository.split('/')[0] as string);
  }

  /** The reference again. */
  toString(): string {
    const path = this.registry === undefined ? this.repository : `${this.registry}/${this.repository}`;
    return `${path}${this.tag === undefined ? '' : `:${this.tag}`}${this.digest === undefined ? '' : `@${this.digest}`}`;
  }
}
