import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
    { state: 'unknown', reason: 'it answers 401' },
    { state: 'unknown', reason: 'it answers 500' },
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
