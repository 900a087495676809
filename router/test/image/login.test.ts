import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canBuild, ImageStore } from './buildah';
import { hasRegistry, READER, Registry } from './registry';

const BASE = 'localhost/node:test';
const describeWithRegistry = canBuild() && hasRegistry() ? describe : describe.skip;

describeWithRegistry('the image in a registry that asks for a login', () => {
  const store = new ImageStore();
  let registry: Registry;
  let options: readonly string[] = [];
  let loginFile = '';
  let env: Record<string, string> = {};

  beforeAll(async () => {
    registry = await Registry.start(store.folder, { isPrivate: true });
    store.base(BASE);
    const platform = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
    options = ['--insecure', '--registry', `${registry.host}/team`, '--build-arg', `BASE=${BASE}`, '--platform', platform];
    loginFile = join(store.folder, 'auth.json');
    const login = ['login', '--authfile', loginFile, '--tls-verify=false', '--username', READER.user, '--password-stdin', registry.host];
    execFileSync('buildah', login, { input: READER.password, stdio: ['pipe', 'ignore', 'inherit'] });
  }, 180_000);
  beforeEach(() => {
    // Logins of whoever runs the tests are none of their business.
    const homes = ['HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME'].map((name) => [name, join(store.folder, name)]);
    env = { ...Object.fromEntries(homes), DOCKER_CONFIG: '', REGISTRY_AUTH_FILE: loginFile };
  });
  afterAll(() => {
    registry?.stop();
    store.remove();
  });

  const run = (...argv: string[]): string => store.command(argv, env);
  const inRegistry = (): unknown => JSON.parse(run('inspect', '--json', ...options)).images[0].inRegistry;
  const push = (...more: string[]): string => run('push', '--builder', 'buildah', ...options, ...more).trim();

  test('is pushed, and asked for, with the login that buildah has left', () => {
    expect(inRegistry()).toEqual({ state: 'absent' });
    const said = push();
    const digest = said.slice(said.indexOf('@') + 1);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(inRegistry()).toEqual({ state: 'present', digest });
    expect(push('--if-absent')).toBe(said);
  }, 120_000);

  test('is asked for with a login in the form of docker, in its file or from its helper', () => {
    const state = (): unknown => (inRegistry() as { state: string }).state;
    env.REGISTRY_AUTH_FILE = '';
    const file = join(store.folder, 'HOME/.docker/config.json');
    mkdirSync(dirname(file), { recursive: true });
    const write = (content: object): void => writeFileSync(file, JSON.stringify(content));
    const auth = Buffer.from(`${READER.user}:${READER.password}`).toString('base64');
    write({ auths: { [`http://${registry.host}`]: { auth } } });
    expect(state()).toMatch(/present|absent/);
    const answer = JSON.stringify({ ServerURL: registry.host, Username: READER.user, Secret: READER.password });
    const program = join(store.folder, 'docker-credential-file');
    writeFileSync(program, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    env.PATH = `${store.folder}:${process.env.PATH}`;
    write({ auths: {}, credsStore: 'file' });
    expect(state()).toMatch(/present|absent/);
  }, 60_000);

  test('without a login, or with a wrong one, it is said where one was looked for', () => {
    const file = join(store.folder, 'none.json');
    env.REGISTRY_AUTH_FILE = file;
    const reason = expect.stringContaining(`${registry.host} answers 401 and there is no login for it in ${file}, `);
    expect(inRegistry()).toEqual({ state: 'unknown', reason });
    const auth = Buffer.from(`${READER.user}:guessed`).toString('base64');
    writeFileSync(file, JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const wrong = `${registry.host} answers 401 to the login of ${file}`;
    expect(inRegistry()).toEqual({ state: 'unknown', reason: wrong });
  }, 60_000);
});
