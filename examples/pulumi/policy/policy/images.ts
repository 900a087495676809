// Image references as a container runtime reads them.

/** Tags that name another image tomorrow. */
const MOVING = new Set(['latest', 'main', 'master', 'nightly', 'dev', 'edge']);

/** Registry and repository, with the parts that a runtime adds itself: `vllm/vllm-openai:v1` is `docker.io/vllm/vllm-openai`. */
export function repositoryOf(image: string): string {
  const [first = '', ...rest] = withoutVersion(image).split('/');
  const named = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  if (named) {
    return [first, ...rest].join('/');
  }
  return ['docker.io', ...(rest.length === 0 ? ['library'] : []), first, ...rest].join('/');
}

/** True when the reference has a digest: the same bytes for ever. */
export function hasDigest(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** True when the reference has a digest or the tag of a version. */
export function isPinned(image: string): boolean {
  const tag = image.slice(withoutVersion(image).length + 1);
  return hasDigest(image) || (tag !== '' && !MOVING.has(tag));
}

function withoutVersion(image: string): string {
  const [named = ''] = image.split('@');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return colon === -1 ? named : named.slice(0, colon);
}
