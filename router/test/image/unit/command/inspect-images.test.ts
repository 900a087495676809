import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { prepareImage } from '../../../../src/image/asset';
import { Folders, SAMPLE, writeFiles } from '../sample-package';
import { DIGEST, FakeTools } from './fake-tools';

let mockRoot = '';
jest.mock('../../../../src/image/layout', () => ({
  ...jest.requireActual('../../../../src/image/layout'),
  get PACKAGE_ROOT() {
    return mockRoot;
  },
}));

const folders = new Folders();
let server: Server;
let registry = '';
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let cwd = '';
let tools: FakeTools;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  mockRoot = folders.make(SAMPLE);
  cwd = folders.make({ 'mine.ts': 'export default () => ({});\n' });
  tools = new FakeTools(folders.make());
});
afterEach(() => folders.clean());

const present = (_: IncomingMessage, response: ServerResponse): unknown =>
  response.writeHead(200, { 'docker-content-digest': DIGEST }).end();
const status = (code: number) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(code).end();

async function inspect(...argv: string[]) {
  const { out, ...rest } = await tools.run(cwd, ['inspect', '--json', '--insecure', '--registry', `${registry}/team`, ...argv]);
  return { ...rest, image: JSON.parse(out).images[0] };
}

test('says what the image is, what goes into it and where it is', async () => {
  let asked = '';
  answer = (request, response) => {
    asked = `${request.method} ${request.url}`;
    present(request, response);
  };
  const { asset, content } = prepareImage({ plugins: ['mine.ts'] }, cwd, mockRoot);
  const reference = `${registry}/team/llm-d-epp:${asset.tag}`;
  writeFiles(cwd, { 'llm-d-images.lock.json': JSON.stringify({ version: 1, digests: { [reference]: DIGEST } }) });
  const { image, ...rest } = await inspect('--plugin', 'mine.ts');
  expect(rest).toEqual({ status: 0, err: '', calls: [] });
  expect(image).toEqual({
    reference,
    ...asset,
    files: content.files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
    packages: [{ name: 'a', version: '1.0.0', license: 'MIT' }],
    digest: DIGEST,
    inRegistry: { state: 'present', digest: DIGEST },
  });
  expect(asked).toBe(`HEAD /v2/team/llm-d-epp/manifests/${asset.tag}`);
});

test('for people it is a list', async () => {
  answer = present;
  const other = DIGEST.replaceAll('ab', 'cd');
  const { asset } = prepareImage({}, cwd, mockRoot);
  const reference = `${registry}/llm-d-epp:${asset.tag}`;
  writeFiles(cwd, { 'llm-d-images.lock.json': JSON.stringify({ version: 1, digests: { [reference]: other } }) });
  const { out } = await tools.run(cwd, ['inspect', '--insecure', '--registry', registry]);
  expect(out.split('\n')).toEqual(
    expect.arrayContaining([
      reference,
      `  hash:            ${asset.hash}`,
      `  registry:        has ${DIGEST}, which is not the recorded one`,
      '     4  image/native/amd64/addon.node',
    ]),
  );
});

test('a registry that has no such tag, wants a login, is broken or away', async () => {
  const states = [];
  for (const code of [404, 401, 500]) {
    answer = status(code);
    states.push((await inspect()).image.inRegistry);
  }
  expect(states).toEqual([
    { state: 'absent' },
    { state: 'unknown', reason: expect.stringContaining(`${registry} answers 401 and there is no login for it in `) },
    { state: 'unknown', reason: `${registry} answers 500` },
  ]);
  const away = await tools.run(cwd, ['inspect', '--json', '--insecure', '--registry', '127.0.0.1:1']);
  expect(JSON.parse(away.out).images[0].inRegistry).toEqual({ state: 'unknown', reason: expect.any(String) });
  const none = await tools.run(cwd, ['inspect', '--json']);
  expect(JSON.parse(none.out).images[0].inRegistry).toEqual({ state: 'unknown', reason: 'the name has no registry' });
});

test('a registry that gives everybody a token is asked for one', async () => {
  answer = (request, response) => {
    if (request.url?.startsWith('/token')) {
      expect(new URL(request.url, 'http://x').searchParams.toString()).toBe('service=s&scope=repository%3Ateam%2Fllm-d-epp%3Apull');
      response.end(JSON.stringify({ token: 'secret' }));
    } else if (request.headers.authorization === 'Bearer secret') {
      present(request, response);
    } else {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry}/token",service="s"` }).end();
    }
  };
  expect((await inspect()).image.inRegistry).toEqual({ state: 'present', digest: DIGEST });
});

describe('a registry that wants a login', () => {
  const USER = 'reader';
  const SECRET = 'not: for print';
  const BASIC = `Basic ${Buffer.from(`${USER}:${SECRET}`).toString('base64')}`;
  const auth = Buffer.from(`${USER}:${SECRET}`).toString('base64');
  let home = '';
  beforeEach(() => {
    home = folders.make();
    answer = wants('Basic realm="here"', BASIC);
  });

  /** A registry that is content with these words. */
  const wants = (challenge: string, authorization: string) => (request: IncomingMessage, response: ServerResponse) =>
    request.headers.authorization === authorization
      ? void present(request, response)
      : void response.writeHead(401, { 'www-authenticate': challenge }).end();

  /** What a call says of the registry, which never is the secret. */
  async function told(env: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const argv = ['inspect', '--json', '--insecure', '--registry', `${registry}/team`];
    const variables = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), ...env };
    const { out, err } = await tools.run(cwd, argv, variables);
    expect(`${out}${err}`).not.toContain(SECRET);
    expect(`${out}${err}`).not.toContain(auth);
    return JSON.parse(out).images[0].inRegistry;
  }
  const isThere = { state: 'present', digest: DIGEST };
  const auths = (key: string, entry: object = { auth }): string => JSON.stringify({ auths: { [key]: entry } });

  test.each([
    ['.docker/config.json', {}],
    ['.config/containers/auth.json', {}],
    ['run/containers/auth.json', {}],
    ['elsewhere/config.json', { DOCKER_CONFIG: 'elsewhere' }],
    ['elsewhere/containers/auth.json', { XDG_CONFIG_HOME: 'elsewhere' }],
    ['elsewhere/auth.json', { REGISTRY_AUTH_FILE: 'elsewhere/auth.json' }],
  ])('is given that of %s', async (file, variables) => {
    writeFiles(home, { [file]: auths(registry) });
    const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, join(home, value)]));
    expect(await told(env)).toEqual(isThere);
  });

  test.each([
    ['HOST', 'HOST/other'],
    ['HOST/team', 'HOST'],
    ['HOST/team/llm-d-epp', 'HOST/team'],
    ['https://HOST', 'HOST/tea'],
    ['http://HOST/v1/', 'other.example.com'],
    ['https://HOST/v2/', 'docker.io'],
  ])('is given that of %s, and not that of %s', async (key, other) => {
    const [right, wrong] = [key, other].map((name) => name.replace('HOST', registry)) as [string, string];
    const bad = { auth: Buffer.from('else:x').toString('base64') };
    writeFiles(home, { '.docker/config.json': JSON.stringify({ auths: { [wrong]: bad, [right]: { auth } } }) });
    expect(await told()).toEqual(isThere);
  });

  test('is given the first that there is, and files without one are passed over', async () => {
    writeFiles(home, { 'run/containers/auth.json': '{"auths":{}}', '.config/containers/auth.json': auths(registry) });
    writeFiles(home, { '.docker/config.json': auths(registry, { auth: Buffer.from('else:x').toString('base64') }) });
    expect(await told()).toEqual(isThere);
  });

  test('that is the wrong one says whose it was, and that none is there where it looked', async () => {
    const [first, last] = ['run/containers/auth.json', '.docker/config.json'].map((file) => join(home, file)) as [string, string];
    writeFiles(home, { '.docker/config.json': auths(registry, { auth: Buffer.from('else:x').toString('base64') }) });
    expect(await told()).toEqual({ state: 'unknown', reason: `${registry} answers 401 to the login of ${last}` });
    writeFiles(home, { '.docker/config.json': auths(registry, {}), 'run/containers/auth.json': `{"auths": "${SECRET}` });
    const places = `${first} (which can not be read), ${join(home, '.config/containers/auth.json')}, ${last}`;
    expect(await told()).toEqual({ state: 'unknown', reason: `${registry} answers 401 and there is no login for it in ${places}` });
  });

  test.each(['[]', 'null', '7', '{"auths":null}', '{"auths":{"HOST":null}}', '{"auths":{"HOST":{"auth":7}}}', '{"credsStore":7}'])(
    'and a file with %s has none',
    async (content) => {
      writeFiles(home, { '.docker/config.json': content.replace('HOST', registry) });
      expect(await told()).toMatchObject({ reason: expect.stringContaining('answers 401 and there is no login') });
    },
  );

  describe('from a helper', () => {
    const helper = (name: string, code: string): void => {
      const file = join(home, 'bin', `docker-credential-${name}`);
      writeFiles(home, { [`bin/docker-credential-${name}`]: `#!${process.execPath}\n${code}\n` });
      chmodSync(file, 0o755);
    };
    const gives = (user: string, secret: string): string =>
      `const asked = require('node:fs').readFileSync(0, 'utf8'); if (asked !== '${registry}' || process.argv[2] !== 'get') process.exit(3);
       console.log(JSON.stringify({ ServerURL: asked, Username: ${JSON.stringify(user)}, Secret: ${JSON.stringify(secret)} }));`;
    const path = () => ({ PATH: join(home, 'bin') });

    test.each([
      ['credsStore', () => ({ credsStore: 'test', auths: { [registry]: {} } })],
      ['credHelpers', () => ({ credHelpers: { [registry]: 'test' }, credsStore: 'missing' })],
    ])('of %s', async (_, config) => {
      helper('test', gives(USER, SECRET));
      writeFiles(home, { '.docker/config.json': JSON.stringify(config()) });
      expect(await told(path())).toEqual(isThere);
    });

    test('of this registry, also where an older login is stored', async () => {
      helper('test', gives(USER, SECRET));
      const old = { auth: Buffer.from('else:x').toString('base64') };
      writeFiles(home, { '.docker/config.json': JSON.stringify({ auths: { [registry]: old }, credHelpers: { [registry]: 'test' } }) });
      expect(await told(path())).toEqual(isThere);
    });

    test('but not that of all registries where a login is stored', async () => {
      helper('test', gives('else', 'x'));
      writeFiles(home, { '.docker/config.json': JSON.stringify({ auths: { [registry]: { auth } }, credsStore: 'test' }) });
      expect(await told(path())).toEqual(isThere);
    });

    test.each([
      ['that has none', "console.log('credentials not found in native keychain'); process.exit(1)", ''],
      ['that fails', `console.error('${SECRET}'); process.exit(1)`, ' (whose docker-credential-test gives no answer)'],
      ['that says something else', `console.log('${SECRET}')`, ' (whose docker-credential-test gives no answer)'],
      ['that is not there', undefined, ' (whose docker-credential-test gives no answer)'],
    ])('%s', async (_, code, said) => {
      if (code !== undefined) helper('test', code);
      writeFiles(home, { '.docker/config.json': '{"credsStore":"test"}' });
      const reason = expect.stringMatching(new RegExp(`no login for it in .*config\\.json${said.replace(/[()]/g, '\\$&')}$`));
      expect(await told(path())).toEqual({ state: 'unknown', reason });
    });

    test('with a name that is a path is not started', async () => {
      writeFiles(home, { '.docker/config.json': '{"credsStore":"x/../../../bin/docker-credential-test"}' });
      helper('test', gives(USER, SECRET));
      expect(await told(path())).toMatchObject({ reason: expect.stringContaining('whose helper has no name of one') });
    });
  });

  describe('by tokens', () => {
    /** A registry whose service answers who says the right thing. */
    const service = (isRight: (request: IncomingMessage, url: URL, body: string) => boolean, said = '{"access_token":"good"}') => {
      answer = async (request, response) => {
        const url = new URL(request.url ?? '', 'http://x');
        if (url.pathname !== '/token')
          return wants(`Bearer realm="http://${registry}/token",service="s"`, 'Bearer good')(request, response);
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        if (isRight(request, url, Buffer.concat(chunks).toString())) response.end(said);
        else response.writeHead(401).end();
      };
    };
    const scope = 'repository%3Ateam%2Fllm-d-epp%3Apull';

    test('the service is given user and password', async () => {
      service(
        ({ method, headers }, { search }) => `${method} ${search} ${headers.authorization}` === `GET ?service=s&scope=${scope} ${BASIC}`,
      );
      writeFiles(home, { '.docker/config.json': auths(registry) });
      expect(await told()).toEqual(isThere);
    });

    test('the service is given the token that stands for a login', async () => {
      const form = `service=s&scope=${scope}&grant_type=refresh_token&client_id=llm-d-epp&refresh_token=${new URLSearchParams({ x: SECRET }).toString().slice(2)}`;
      service(({ method, headers }, _, body) => `${method} ${headers.authorization} ${body}` === `POST undefined ${form}`);
      writeFiles(home, { '.docker/config.json': auths(registry, { identitytoken: SECRET }) });
      expect(await told()).toEqual(isThere);
    });

    test('an empty token is none, where the other is one', async () => {
      service(() => true, '{"token":"","access_token":"good"}');
      expect(await told()).toEqual(isThere);
    });

    test.each([
      ['no JSON', SECRET],
      ['nothing', 'null'],
      ['more than one line', JSON.stringify({ token: `${SECRET}\n${SECRET}` })],
    ])('a token that is %s is not sent, and not told', async (_, said) => {
      service(() => true, said);
      const { reason } = (await told()) as { reason: string };
      expect(reason).toContain(`${registry} answers 401 and there is no login for it in `);
      expect(reason).not.toContain(SECRET.slice(0, 5));
    });

    test('the token that stands for a login is not handed on to where the service points', async () => {
      let handedOn = false;
      const own = wants(`Bearer realm="http://${registry}/token"`, 'Bearer good');
      answer = (request, response) => {
        if (request.url === '/token')
          return void response.writeHead(307, { location: `http://localhost:${registry.split(':')[1]}/x` }).end();
        handedOn ||= request.url === '/x';
        own(request, response);
      };
      writeFiles(home, { '.docker/config.json': auths(registry, { identitytoken: SECRET }) });
      expect(await told()).toEqual({ state: 'unknown', reason: expect.any(String) });
      expect(handedOn).toBe(false);
    });

    test('a service that refuses the login is told of', async () => {
      service(() => false);
      writeFiles(home, { '.docker/config.json': auths(registry) });
      const reason = `${registry} answers 401 to the login of ${join(home, '.docker/config.json')}`;
      expect(await told()).toEqual({ state: 'unknown', reason });
    });
  });
});

test('a login is not sent without TLS, unless --insecure is given', async () => {
  const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
    expect(String(url)).toMatch(/^https:/);
    return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer realm="http://tokens.example.com/t"' } });
  });
  writeFiles(cwd, { 'auth.json': JSON.stringify({ auths: { 'r.example.com': { auth: Buffer.from('a:b').toString('base64') } } }) });
  const argv = ['inspect', '--json', '--registry', 'r.example.com'];
  const { out } = await tools.run(cwd, argv, { REGISTRY_AUTH_FILE: 'auth.json' });
  const reason = 'it wants the login without TLS, at http://tokens.example.com';
  expect(JSON.parse(out).images[0].inRegistry).toEqual({ state: 'unknown', reason });
  expect(fetched).toHaveBeenCalledTimes(1);
  fetched.mockRestore();
});

test('push --if-absent takes the digest of what is there, and builds what is not', async () => {
  const argv = ['push', '--if-absent', '--insecure', '--registry', registry];
  answer = present;
  const there = await tools.run(cwd, argv);
  expect(there).toMatchObject({ status: 0, calls: [], out: expect.stringContaining(`@${DIGEST}\n`) });
  for (const code of [404, 401]) {
    answer = status(code);
    expect((await tools.run(cwd, argv)).calls).toHaveLength(1);
  }
});
