import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { HttpsClient, httpsAgent } from '../../../src/datalayer/http/https-client';
import type { PollTls } from '../../../src/datalayer/types';
import { FetchResults } from '../../support/datalayer';

let pem: { private: string; cert: string };
const ends: (() => void)[] = [];

beforeAll(async () => {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames }] });
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function setup(handler: Handler, tls: PollTls, options: RequestOptions & { requestCert?: boolean } = {}) {
  const server: Server = createServer({ key: pem.private, cert: pem.cert, ca: pem.cert, ...options }, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = httpsAgent(tls);
  const results = new FetchResults();
  const { port } = server.address() as AddressInfo;
  const client = new HttpsClient({ scheme: 'https', host: '127.0.0.1', port, path: '/metrics' }, agent, results);
  ends.push(
    () => client.close(),
    () => agent.destroy(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { client, results, server, get: () => results.get(client) };
}

const unchecked: PollTls = { insecureSkipVerify: true };

test('fetches again and again on one connection', async () => {
  const { server, get } = await setup((request, response) => response.end(`${request.method} ${request.url}`), unchecked);
  let connections = 0;
  server.on('secureConnection', () => connections++);
  expect([await get(), await get()]).toEqual(['GET /metrics', 'GET /metrics']);
  expect(connections).toBe(1);
});

test('checks the certificate when it is to', async () => {
  const { get } = await setup((_, response) => response.end('page'), { insecureSkipVerify: false });
  expect(await get()).toBe('failed: DEPTH_ZERO_SELF_SIGNED_CERT');
});

test('accepts a certificate of the given authority, and shows its own', async () => {
  const tls = { insecureSkipVerify: false, ca: Buffer.from(pem.cert), cert: Buffer.from(pem.cert), key: Buffer.from(pem.private) };
  const { get } = await setup((_, response) => response.end('page'), tls, { requestCert: true, rejectUnauthorized: true });
  expect(await get()).toBe('page');
});

test('tells the status', async () => {
  const { get } = await setup((_, response) => response.writeHead(503).end('busy'), unchecked);
  expect(await get()).toBe('failed: status 503');
});

test('follows a redirect on the same server only', async () => {
  const { get } = await setup((request, response) => {
    if (request.url === '/metrics') response.writeHead(301, { location: '/metrics/' }).end();
    else response.end('page');
  }, unchecked);
  expect(await get()).toBe('page');
  const other = await setup((_, response) => response.writeHead(301, { location: 'https://127.0.0.1:1/' }).end(), unchecked);
  expect(await other.get()).toBe('failed: status 301');
});

test('fails when a response is cut off', async () => {
  const { get } = await setup((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 10);
  }, unchecked);
  expect(await get()).toMatch(/^failed: /);
});

test('gives up when told, and can start again', async () => {
  let count = 0;
  const { client, results, get } = await setup((_, response) => {
    if (count++ > 0) response.end('page');
  }, unchecked);
  const first = get();
  setTimeout(() => client.abort('too slow'), 30);
  expect(await first).toBe('failed: too slow');
  expect(await get()).toBe('page');
  expect(results.stray).toEqual([]);
});
