import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from '../../src/kubernetes/api-client';
import { clusterClient, serviceAccountClient } from '../../src/kubernetes/cluster-client';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-client-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('in a pod', () => {
  let server: Server;
  let tokens: (string | undefined)[];
  let env: Record<string, string>;

  beforeEach(async () => {
    const { generate } = await import('selfsigned');
    const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    tokens = [];
    server = createServer({ cert: pems.cert, key: pems.private }, (request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(request.url === '/refused' ? 403 : 200).end('{"message":"nobody may"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port) };
    writeFileSync(join(folder, 'ca.crt'), pems.cert);
    writeFileSync(join(folder, 'token'), 'first\n');
  });

  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  test('the service account logs in, with the token that the file has at the time', async () => {
    const client = serviceAccountClient(env, folder);
    await client?.get('/one');
    writeFileSync(join(folder, 'token'), 'second');
    await client?.get('/two');
    expect(tokens).toEqual(['Bearer first', 'Bearer second']);
  });

  test('a refusal has its status, and the message of the API server', async () => {
    const refusal = await serviceAccountClient(env, folder)
      ?.get('/refused')
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({ status: 403, message: 'GET /refused: 403 nobody may' });
  });

  test('a server with another certificate is not trusted', async () => {
    const { generate } = await import('selfsigned');
    writeFileSync(join(folder, 'ca.crt'), (await generate([{ name: 'commonName', value: 'other' }])).cert);
    await expect(serviceAccountClient(env, folder)?.get('/')).rejects.toThrow(/certificate/);
    expect(tokens).toEqual([]);
  });

  test('there is none without a token, or outside of a cluster', () => {
    expect(serviceAccountClient({}, folder)).toBeUndefined();
    rmSync(join(folder, 'token'));
    expect(serviceAccountClient(env, folder)).toBeUndefined();
  });
});

describe('without a cluster', () => {
  test('the message says what was looked for, and what to do instead', async () => {
    await expect(clusterClient({ HOME: folder })).rejects.toThrow(/no cluster: KUBECONFIG is not set.*file-discovery/);
  });

  test('a kubeconfig that is not there is named', async () => {
    await expect(clusterClient({ KUBECONFIG: join(folder, 'missing') })).rejects.toThrow(/there is no kubeconfig .*missing$/);
  });
});
