import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CommandIo } from './io';
import type { Reference } from './reference';

/** What `docker login`, `podman login` or `buildah login` has left for a registry. Nothing of it is ever printed. */
export interface Login {
  /** {@link TOKEN_USER} where the secret is a token that stands for the login. */
  readonly user: string;
  readonly secret: string;
}

/** A login, where there is one. */
export interface FoundLogin {
  readonly login: Login | undefined;
  /** The file that it is from; without one, all that were looked into, and what is wrong with them. */
  readonly source: string;
}

/** Name of a user who has a token instead of a password. Source: docker/docker-credential-helpers. */
export const TOKEN_USER = '<token>';

interface AuthEntry {
  readonly auth?: unknown;
  readonly identitytoken?: unknown;
}

interface AuthFile {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credsStore?: unknown;
  readonly credHelpers?: Readonly<Record<string, unknown>>;
}

/** What keeps a file from telling a login, in words for the user. */
type Problem = string;

/** What helpers know this registry by. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 30_000;
const HELPER_NAME = /^[\w.-]+$/;

/**
 * The login for a registry: of the first file that has one. In it the helper of the registry comes first, then what is stored, of the
 * longest path which the image lies below, then the helper of all registries.
 * Sources: containers-auth.json(5); docs.docker.com/reference/cli/docker/login, "Credential stores" and "Credential helpers".
 */
export function findLogin({ registry = '', path }: Reference, io: CommandIo): FoundLogin {
  const names = namesOf(registry, path);
  const looked: string[] = [];
  for (const file of authFiles(io)) {
    const found = existsSync(file) ? loginIn(file, names, io) : undefined;
    if (typeof found === 'object') return { login: found, source: file };
    looked.push(found === undefined ? file : `${file} (${found})`);
  }
  return { login: undefined, source: looked.join(', ') };
}

function authFiles({ cwd, env }: CommandIo): readonly string[] {
  const home = env.HOME || homedir();
  const runtime = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'containers') : `/run/containers/${process.getuid?.() ?? 0}`;
  return [
    ...(env.REGISTRY_AUTH_FILE ? [resolve(cwd, env.REGISTRY_AUTH_FILE)] : []),
    join(runtime, 'auth.json'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
  ];
}

function loginIn(file: string, names: readonly string[], io: CommandIo): Login | Problem | undefined {
  let content: AuthFile | null;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The words of the parser may quote a secret.
    return 'which can not be read';
  }
  const { auths, credHelpers, credsStore } = content ?? {};
  const own = entryOf(credHelpers, names);
  const ask = (helper: unknown): Login | Problem | undefined =>
    typeof helper === 'string' && helper !== '' ? helperLogin(helper, names.at(-1) as string, io) : undefined;
  // A login from before the registry got a helper may stand there still.
  return (own ? undefined : storedLogin(entryOf(auths, names))) ?? ask(own ?? credsStore);
}

/** Under what an image's login may stand: its path, those above it, its registry. */
function namesOf(registry: string, path: string): readonly string[] {
  const parts = [registry, ...path.split('/')];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** The entry under the first of the names. Docker writes some registries as a URL. */
function entryOf<T>(entries: Readonly<Record<string, T>> | undefined, names: readonly string[]): T | undefined {
  const byName = new Map(Object.entries(entries ?? {}).map(([key, entry]) => [plainName(key), entry]));
  return names.map((name) => byName.get(plainName(name))).find((entry) => entry !== undefined);
}

function plainName(key: string): string {
  const name = key.replace(/^https?:\/\//, '').replace(/(?:\/v[12])?\/?$/, '');
  return name.replace(/^(?:index|registry-1)\.docker\.io(?=\/|$)/, 'docker.io');
}

/** Undefined for the empty entry that stands for one of a helper. */
function storedLogin(entry: AuthEntry | undefined): Login | undefined {
  const { auth, identitytoken } = entry ?? {};
  if (typeof identitytoken === 'string' && identitytoken !== '') return { user: TOKEN_USER, secret: identitytoken };
  const [, user, secret] = /^([^:]+):(.+)$/s.exec(Buffer.from(String(auth ?? ''), 'base64').toString('utf8')) ?? [];
  return user === undefined || secret === undefined ? undefined : { user, secret };
}

function helperLogin(helper: string, registry: string, { cwd, env }: CommandIo): Login | Problem | undefined {
  const program = `docker-credential-${helper}`;
  if (!HELPER_NAME.test(helper)) return 'whose helper has no name of one';
  const input = plainName(registry) === 'docker.io' ? DOCKER_HUB : registry;
  const { status, stdout } = spawnSync(program, ['get'], { cwd, env: { ...env }, encoding: 'utf8', timeout: HELPER_TIMEOUT_MS, input });
  if (status !== 0 && /credentials not found/.test(stdout ?? '')) return undefined;
  try {
    const { Username: user, Secret: secret } = JSON.parse(status === 0 ? stdout : '') as Readonly<Record<string, unknown>>;
    if (typeof user === 'string' && typeof secret === 'string') return { user, secret };
  } catch {
    // What it has said may be a secret.
  }
  return `whose ${program} gives no answer`;
}
