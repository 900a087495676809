import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiClient } from '../../src/kubernetes/api-client';
import type { KubeObject } from '../../src/kubernetes/reflector';

interface Change {
  readonly version: number;
  readonly collection: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

interface Watcher {
  readonly collection: string;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

/** Enough of an API server for lists, watches and single objects, with all the ways in which one can misbehave. */
export class FakeApiServer {
  /** Path and query of every request. */
  readonly seen: { readonly method: string; readonly url: URL; readonly body: string; readonly headers: IncomingMessage['headers'] }[] = [];
  /** Answers instead of the server when it returns true. */
  intercept: (url: URL, response: ServerResponse, method: string, body: string) => boolean = () => false;
  /** Watch events are written in pieces of so many bytes. */
  pieceBytes = Number.POSITIVE_INFINITY;
  /** Watches from before this version are answered by an ERROR event with code 410. */
  expiredBefore = 0;
  private readonly collections = new Map<string, Map<string, KubeObject>>();
  private readonly history: Change[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Socket>();
  private version = 1;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));
  private url: URL | undefined;

  async start(): Promise<this> {
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = new URL(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.drop();
    await closed;
  }

  client(answerMs = 2000): ApiClient {
    return new ApiClient(this.url as URL, async () => undefined, { answerMs });
  }

  /** Requests of one kind. */
  count(kind: 'list' | 'watch', collection: string): number {
    const isWatch = kind === 'watch';
    return this.seen.filter(
      ({ url, method }) => method === 'GET' && url.pathname === collection && url.searchParams.has('watch') === isWatch,
    ).length;
  }

  get openWatches(): number {
    return this.watchers.size;
  }

  /** Creates or replaces. */
  put(collection: string, object: KubeObject): KubeObject {
    const objects = this.objects(collection);
    const version = ++this.version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const before = objects.get(object.metadata.name);
    objects.set(object.metadata.name, stored);
    this.tell({ version, collection, before, after: stored });
    return stored;
  }

  remove(collection: string, name: string): void {
    const before = this.objects(collection).get(name);
    if (before === undefined) return;
    this.objects(collection).delete(name);
    this.tell({ version: ++this.version, collection, before, after: undefined });
  }

  object(collection: string, name: string): KubeObject | undefined {
    return this.collections.get(collection)?.get(name);
  }

  /** Writes a line to every watch. */
  write(line: string): void {
    for (const { response } of this.watchers) this.writePieces(response, `${line}\n`);
  }

  /** Ends every watch in good order. */
  endWatches(): void {
    for (const { response } of this.watchers) response.end();
  }

  /** Cuts all connections. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Makes versions that were given out so far too old to watch from. */
  compact(): void {
    this.expiredBefore = ++this.version;
  }

  private objects(collection: string): Map<string, KubeObject> {
    const known = this.collections.get(collection) ?? new Map<string, KubeObject>();
    this.collections.set(collection, known);
    return known;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    const { method = 'GET' } = request;
    let body = '';
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk;
    this.seen.push({ method, url, body, headers: request.headers });
    if (this.intercept(url, response, method, body)) return;
    if (method === 'POST' || method === 'PUT') this.store(url, response, method, JSON.parse(body) as KubeObject);
    else if (url.searchParams.has('watch')) this.watch(url, response);
    else if (/\/namespaces\/[^/]+\/[^/]+$/.test(url.pathname)) this.list(url, response);
    else this.single(url, response);
  }

  private list({ pathname, searchParams: query }: URL, response: ServerResponse): void {
    const all = [...this.objects(pathname).values()].filter((object) => matches(query, object));
    const from = Number(query.get('continue') ?? 0);
    const end = from + Number(query.get('limit') ?? all.length);
    const rest = end < all.length ? { continue: String(end) } : {};
    json(response, 200, { kind: 'List', metadata: { resourceVersion: String(this.version), ...rest }, items: all.slice(from, end) });
  }

  private watch({ pathname, searchParams: query }: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const from = Number(query.get('resourceVersion'));
    if (from < this.expiredBefore) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old resource version' } })}\n`);
      return;
    }
    const watcher = { collection: pathname, query, response };
    for (const change of this.history) if (change.version > from) this.tellOne(watcher, change);
    this.watchers.add(watcher);
    response.on('close', () => this.watchers.delete(watcher));
  }

  private single({ pathname }: URL, response: ServerResponse): void {
    const { collection, name } = split(pathname);
    const object = this.collections.get(collection)?.get(name);
    if (object === undefined) refuse(response, 404, `${pathname} not found`);
    else json(response, 200, object);
  }

  private store({ pathname }: URL, response: ServerResponse, method: string, object: KubeObject): void {
    const collection = method === 'POST' ? pathname : split(pathname).collection;
    const before = this.object(collection, object.metadata.name);
    const isConflict = method === 'POST' ? before !== undefined : before?.metadata.resourceVersion !== object.metadata.resourceVersion;
    if (isConflict) refuse(response, 409, 'conflict');
    else json(response, 200, this.put(collection, object));
  }

  private tell(change: Change): void {
    this.history.push(change);
    for (const watcher of this.watchers) this.tellOne(watcher, change);
  }

  private tellOne({ collection, query, response }: Watcher, change: Change): void {
    if (collection !== change.collection) return;
    const was = change.before !== undefined && matches(query, change.before);
    const is = change.after !== undefined && matches(query, change.after);
    if (!was && !is) return;
    const type = !is ? 'DELETED' : was ? 'MODIFIED' : 'ADDED';
    const object = is ? change.after : { ...change.before, metadata: { ...change.before?.metadata, resourceVersion: `${change.version}` } };
    this.writePieces(response, `${JSON.stringify({ type, object })}\n`);
  }

  private writePieces(response: ServerResponse, text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += this.pieceBytes) response.write(bytes.subarray(at, at + this.pieceBytes));
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, code, { kind: 'Status', code, message });
}

function split(path: string): { readonly collection: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { collection: path.slice(0, at), name: path.slice(at + 1) };
}

/** Selectors of the form `a=b,c=d`. */
function matches(query: URLSearchParams, { metadata }: KubeObject): boolean {
  const name = /^metadata\.name=(.+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (name !== undefined && name !== metadata.name) return false;
  return (query.get('labelSelector') ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [label = '', value] = term.split('=');
      return metadata.labels?.[label] === value;
    });
}

/** Waits until something holds; fails with its text when it does not in time. */
export async function eventually(condition: () => boolean, timeoutMs = 2000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
