import { setTimeout as sleep } from 'node:timers/promises';
import { BufferPool } from '../../../src/datalayer/http/buffer-pool';
import { KeepAliveClient } from '../../../src/datalayer/http/keep-alive-client';
import { type Answer, FetchResults, response, ScriptedServer } from '../../support/datalayer';

const shared = { read: Buffer.alloc(64 * 1024), bodies: new BufferPool() };

interface Setup {
  server: ScriptedServer;
  client: KeepAliveClient;
  results: FetchResults;
  get: () => Promise<string>;
}

const ends: (() => Promise<void> | void)[] = [];

async function setup(answer: Answer, path = '/metrics', host = '127.0.0.1'): Promise<Setup> {
  const server = await ScriptedServer.start(answer, host);
  const results = new FetchResults();
  const client = new KeepAliveClient({ scheme: 'http', host, port: server.port, path }, shared, results);
  ends.push(
    () => client.close(),
    () => server.stop(),
  );
  return { server, client, results, get: () => results.get(client) };
}

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

test('fetches again and again on one connection', async () => {
  const { server, get } = await setup((socket, count) => socket.write(response(`page ${count}`)));
  for (let count = 0; count < 5; count++) expect(await get()).toBe(`page ${count}`);
  expect(server.connections).toBe(1);
  expect(server.requests[0]).toBe(
    `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: llm-d-epp\r\nAccept: */*\r\n\r\n`,
  );
});

test('reads a large page that comes in pieces, next to other connections', async () => {
  const large = 'x'.repeat(500_000);
  const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n`;
  const setups = await Promise.all(
    ['a', 'b', 'c'].map((mark) =>
      setup((socket) => {
        socket.write(text.replaceAll('x', mark));
        setTimeout(() => socket.write('0\r\n\r\n'), 10);
      }),
    ),
  );
  const bodies = await Promise.all(setups.map(({ get }) => get()));
  expect(bodies.map((body) => [body.length, new Set(body).size, body[0]])).toEqual(['a', 'b', 'c'].map((mark) => [500_000, 1, mark]));
});

test('opens a new connection after one that is closed by announcement', async () => {
  const { server, get } = await setup((socket, count) => socket.end(response(`${count}`, '200 OK', 'Connection: close\r\n')));
  expect([await get(), await get()]).toEqual(['0', '1']);
  expect(server.connections).toBe(2);
});

test('takes the end of the connection for the end of a page without a length', async () => {
  const { get } = await setup((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall\n'));
  expect([await get(), await get()]).toEqual(['all\n', 'all\n']);
});

test('notices that an idle connection was closed', async () => {
  const { server, get } = await setup((socket) => socket.end(response('page')));
  expect(await get()).toBe('page');
  await sleep(20);
  expect(await get()).toBe('page');
  expect(server.connections).toBe(2);
});

test('repeats a request that met a closing connection, once', async () => {
  const { server, get } = await setup((socket, count) => {
    if (count === 1) socket.destroy();
    else socket.write(response(`page ${count}`));
  });
  expect([await get(), await get(), await get()]).toEqual(['page 0', 'page 2', 'page 3']);
  expect(server.connections).toBe(2);
});

test('does not repeat a request on a fresh connection', async () => {
  const { server, get } = await setup((socket) => socket.destroy());
  expect(await get()).toMatch(/^failed: (ECONNRESET|the server closed the connection|the connection was closed)$/);
  expect(server.requests).toHaveLength(1);
});

test('fails when a response is cut off, and starts anew', async () => {
  const { get } = await setup((socket, count) => {
    if (count === 0) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    else socket.write(response('whole'));
  });
  expect(await get()).toMatch(/^failed: /);
  expect(await get()).toBe('whole');
});

test('tells the status and keeps the connection', async () => {
  const { server, get } = await setup((socket, count) =>
    socket.write(count === 0 ? response('busy', '503 Service Unavailable') : response('ok')),
  );
  expect([await get(), await get()]).toEqual(['failed: status 503', 'ok']);
  expect(server.connections).toBe(1);
});

test('drops a connection on which nonsense comes', async () => {
  const { server, get } = await setup((socket, count) => socket.write(count === 0 ? '220 smtp ready\r\n\r\n' : response('ok')));
  expect([await get(), await get()]).toEqual(['failed: the answer is no HTTP/1 response', 'ok']);
  expect(server.connections).toBe(2);
});

test('drops a connection on which more comes than was asked for', async () => {
  const { server, results, get } = await setup((socket) => {
    socket.write(response('one'));
    setTimeout(() => socket.write(response('two')), 5);
  });
  expect(await get()).toBe('one');
  await sleep(30);
  expect(await get()).toBe('one');
  expect(server.connections).toBe(2);
  expect(results.stray).toEqual([]);
});

test('gives up when told, and does not hear of the late answer', async () => {
  let late = (): void => {};
  const { client, results, get } = await setup((socket, count) => {
    if (count === 0) late = () => socket.write(response('late'));
    else socket.write(response('ok'));
  });
  const first = get();
  await sleep(20);
  client.abort('too slow');
  expect(await first).toBe('failed: too slow');
  late();
  expect(await get()).toBe('ok');
  expect(results.stray).toEqual([]);
});

test('tells nothing after it was closed', async () => {
  const { client, results } = await setup((socket) => socket.write(response('page')));
  client.get();
  client.close();
  client.abort('x');
  await sleep(20);
  expect(results.stray).toEqual([]);
});

test('fails when nobody listens', async () => {
  const { server, get } = await setup(() => {});
  await server.stop();
  ends.pop();
  expect(await get()).toBe('failed: ECONNREFUSED');
});

describe('a redirect', () => {
  test('is followed on the same server, and remembered', async () => {
    const { server, get } = await setup((socket, _, request) =>
      socket.write(
        request.startsWith('GET /metrics/ ') ? response('page') : response('', '307 Temporary Redirect', 'Location: /metrics/\r\n'),
      ),
    );
    expect([await get(), await get()]).toEqual(['page', 'page']);
    expect(server.requests).toHaveLength(3);
  });

  test('to another server is a failure', async () => {
    const { server, get } = await setup((socket) => socket.write(response('', '302 Found', 'Location: http://127.0.0.1:1/x\r\n')));
    expect(await get()).toBe('failed: status 302');
    expect(server.requests).toHaveLength(1);
  });

  test('is followed a few times at most', async () => {
    const { server, get } = await setup((socket) => socket.write(response('', '302 Found', 'Location: /metrics\r\n')));
    expect(await get()).toBe('failed: status 302');
    expect(server.requests).toHaveLength(4);
  });
});

test('escapes what a request line can not hold', async () => {
  const { server, get } = await setup((socket) => socket.write(response('')), 'a b/ü?x=%20\r\nX: y');
  await get();
  expect(server.requests[0]).toMatch(/^GET \/a%20b\/%C3%BC\?x=%20%0D%0AX:%20y HTTP\/1\.1\r\nHost: /);
});

test('speaks to IPv6 addresses', async () => {
  const { server, get } = await setup((socket) => socket.write(response('six')), '/metrics', '::1');
  expect(await get()).toBe('six');
  expect(server.requests[0]).toContain(`Host: [::1]:${server.port}\r\n`);
});

test('speaks to host names', async () => {
  const server = await ScriptedServer.start((socket) => socket.write(response('named')));
  const results = new FetchResults();
  const client = new KeepAliveClient({ scheme: 'http', host: 'localhost', port: server.port, path: '/metrics' }, shared, results);
  ends.push(
    () => client.close(),
    () => server.stop(),
  );
  expect([await results.get(client), await results.get(client)]).toEqual(['named', 'named']);
  expect(server.connections).toBe(1);
});
