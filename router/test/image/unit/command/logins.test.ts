import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLogin } from '../../../../src/image/command/logins';
import { Folders } from '../sample-package';

const folders = new Folders();
afterEach(() => folders.clean());

const auth = Buffer.from('reader:a:b').toString('base64');
const login = { user: 'reader', secret: 'a:b' };

function find(registry: string, path: string, config: object, env: Readonly<Record<string, string>> = {}) {
  const file = join(folders.make({ 'auth.json': JSON.stringify(config) }), 'auth.json');
  const io = {
    cwd: '/',
    env: { REGISTRY_AUTH_FILE: file, HOME: '/none', XDG_RUNTIME_DIR: '/none', ...env },
    stdout: () => undefined,
    stderr: () => undefined,
  };
  return { ...findLogin({ registry, path, tag: '1' }, io), file };
}

test.each(['docker.io', 'https://index.docker.io/v1/', 'index.docker.io', 'registry-1.docker.io', 'docker.io/acme', 'docker.io/acme/x'])(
  'a login for %s is one for Docker Hub',
  (key) => {
    const { file, ...found } = find('docker.io', 'acme/x', { auths: { [key]: { auth } } });
    expect(found).toEqual({ login, source: file });
    expect(find('index.docker.io', 'acme/x', { auths: { [key]: { auth } } }).login).toEqual(login);
  },
);

test.each(['docker.io.example.com', 'my-docker.io', 'docker.io/acm', 'docker.io/acme/x/y', 'docker.io:443'])(
  'a login for %s is none for it',
  (key) => {
    expect(find('docker.io', 'acme/x', { auths: { [key]: { auth } } }).login).toBeUndefined();
  },
);

test('a helper is asked for Docker Hub by the name that docker has for it', () => {
  const folder = folders.make();
  const tee = `#!/bin/sh\n/bin/cat > ${folder}/asked\necho '{"Username":"reader","Secret":"a:b"}'\n`;
  writeFileSync(join(folder, 'docker-credential-tee'), tee, { mode: 0o755 });
  expect(find('docker.io', 'acme/x', { credsStore: 'tee' }, { PATH: folder }).login).toEqual(login);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('https://index.docker.io/v1/');
});
