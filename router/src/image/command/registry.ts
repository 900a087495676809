import type { CommandIo } from './io';
import { isDigest } from './lock-file';
import { type FoundLogin, findLogin, type Login, TOKEN_USER } from './logins';
import type { Reference } from './reference';

/** Whether a registry has an image. */
export type RegistryAnswer =
  | { readonly state: 'present'; readonly digest: string }
  | { readonly state: 'absent' }
  /** It can not be told, for instance because the registry wants another login. */
  | { readonly state: 'unknown'; readonly reason: string };

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const TIMEOUT_MS = 10_000;

/**
 * Asks a registry for a tag: without a login first, then with the one that the tools have for it.
 * Source: opencontainers/distribution-spec v1.1, "Pulling manifests".
 */
export async function askRegistry(reference: Reference, insecure: boolean, io: CommandIo): Promise<RegistryAnswer> {
  const { registry, path, tag } = reference;
  if (registry === undefined) return { state: 'unknown', reason: 'the name has no registry' };
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = `${insecure ? 'http' : 'https'}://${host}/v2/${path}/manifests/${tag}`;
  try {
    const first = await head(url);
    if (first.status !== 401) return answerOf(first, registry);
    const found = findLogin(reference, io);
    const authorization = await authorize(first.headers.get('www-authenticate') ?? '', path, found.login, insecure);
    return answerOf(authorization === undefined ? first : await head(url, authorization), registry, found);
  } catch (error) {
    const { message, cause } = error as Error;
    const said = cause instanceof Error ? cause.message || String(cause) : message;
    // OpenSSL ends its words with a line end.
    return { state: 'unknown', reason: said.trim() };
  }
}

function answerOf({ status, headers }: Response, registry: string, found?: FoundLogin): RegistryAnswer {
  if (status === 404) return { state: 'absent' };
  const digest = headers.get('docker-content-digest');
  if (status === 200 && isDigest(digest)) return { state: 'present', digest };
  if (found === undefined) return { state: 'unknown', reason: `${registry} answers ${status}` };
  const { login, source } = found;
  const said = login === undefined ? `and there is no login for it in ${source}` : `to the login of ${source}`;
  return { state: 'unknown', reason: `${registry} answers ${status} ${said}` };
}

function head(url: string, authorization?: string): Promise<Response> {
  const headers = { accept: ACCEPT, ...(authorization !== undefined && { authorization }) };
  return fetch(url, { method: 'HEAD', headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** What to answer to what a registry wants; undefined when there is nothing to answer. */
async function authorize(challenge: string, path: string, login: Login | undefined, insecure: boolean): Promise<string | undefined> {
  const realm = /\bBearer\b.*?\brealm="([^"]+)"/i.exec(challenge)?.[1];
  if (realm === undefined) return login !== undefined && /\bBasic\b/i.test(challenge) ? basic(login) : undefined;
  const service = /\bservice="([^"]+)"/i.exec(challenge)?.[1];
  const token = await askToken(
    new URL(realm),
    { ...(service !== undefined && { service }), scope: `repository:${path}:pull` },
    login,
    insecure,
  );
  return token === undefined ? undefined : `Bearer ${token}`;
}

function basic({ user, secret }: Login): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

/**
 * A token of the service that a registry names; without a login, one that everybody gets.
 * Source: distribution/distribution, docs/content/spec/auth/token.md and oauth.md.
 */
async function askToken(
  realm: URL,
  asked: Readonly<Record<string, string>>,
  login: Login | undefined,
  insecure: boolean,
): Promise<string | undefined> {
  if (login !== undefined && realm.protocol !== 'https:' && !insecure)
    throw new Error(`it wants the login without TLS, at ${realm.origin}`);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let answer: Response;
  if (login?.user === TOKEN_USER) {
    const grant = { grant_type: 'refresh_token', client_id: 'llm-d-epp', refresh_token: login.secret };
    // Unlike the header of a login, a body would be sent on to another host.
    answer = await fetch(realm, { method: 'POST', body: new URLSearchParams({ ...asked, ...grant }), redirect: 'error', signal });
  } else {
    for (const [name, value] of Object.entries(asked)) realm.searchParams.set(name, value);
    answer = await fetch(realm, { headers: login === undefined ? {} : { authorization: basic(login) }, signal });
  }
  return answer.ok ? tokenOf(await answer.text()) : undefined;
}

/** What may stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

/** The token in an answer; undefined without one, since errors of JSON and of headers would quote it. */
function tokenOf(text: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return [token, access_token].find((one): one is string => typeof one === 'string' && TOKEN.test(one));
  } catch {
    return undefined;
  }
}
