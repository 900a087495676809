import { isDigest } from './lock-file';
import type { Reference } from './reference';

/** Whether a registry has an image. */
export type RegistryAnswer =
  | { readonly state: 'present'; readonly digest: string }
  | { readonly state: 'absent' }
  /** It can not be told, for instance because the registry wants a login, which this does not have. */
  | { readonly state: 'unknown'; readonly reason: string };

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const TIMEOUT_MS = 10_000;

/**
 * Asks a registry for a tag, without credentials; one that hands tokens to everybody is asked for one.
 * Source: opencontainers/distribution-spec v1.1, "Pulling manifests".
 */
export async function askRegistry({ registry, path, tag }: Reference, insecure: boolean): Promise<RegistryAnswer> {
  if (registry === undefined) return { state: 'unknown', reason: 'the name has no registry' };
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = `${insecure ? 'http' : 'https'}://${host}/v2/${path}/manifests/${tag}`;
  try {
    const first = await head(url);
    const token = first.status === 401 ? await anonymousToken(first.headers.get('www-authenticate') ?? '', path) : undefined;
    const answer = token === undefined ? first : await head(url, token);
    if (answer.status === 404) return { state: 'absent' };
    const digest = answer.headers.get('docker-content-digest');
    if (answer.status === 200 && isDigest(digest)) return { state: 'present', digest };
    return { state: 'unknown', reason: `it answers ${answer.status}` };
  } catch (error) {
    const { message, cause } = error as Error;
    const said = cause instanceof Error ? cause.message || String(cause) : message;
    // OpenSSL ends its words with a line end.
    return { state: 'unknown', reason: said.trim() };
  }
}

function head(url: string, token?: string): Promise<Response> {
  const headers = { accept: ACCEPT, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return fetch(url, { method: 'HEAD', headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

async function anonymousToken(challenge: string, path: string): Promise<string | undefined> {
  const realm = /\bBearer\b.*?\brealm="([^"]+)"/i.exec(challenge)?.[1];
  if (realm === undefined) return undefined;
  const url = new URL(realm);
  const service = /\bservice="([^"]+)"/i.exec(challenge)?.[1];
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${path}:pull`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) return undefined;
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return token ?? access_token;
}
