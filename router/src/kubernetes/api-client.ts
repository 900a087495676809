import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

/** The API server refused a request. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** How requests log in: adds headers, certificates and an agent to the options of a request. */
export type Login = (options: RequestOptions) => Promise<void>;

/**
 * A list as the API server gives it.
 *
 * @default - of every field: absent
 */
export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * JSON over HTTPS to an API server. The library's part of the work is logging in (`Login`), in all the ways that a kubeconfig knows;
 * requests themselves are plain, because a watch must be cut, timed and resumed in ways that its own clients do not offer.
 */
export class ApiClient {
  constructor(
    private readonly server: URL,
    private readonly login: Login,
  ) {}

  /** @throws ApiError when the status is not 2xx */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.open(method, path, body);
    const text = await readText(response);
    if (!isOk(response)) throw new ApiError(response.statusCode ?? 0, `${method} ${path}: ${response.statusCode} ${messageOf(text)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  /**
   * Opens a watch and calls `line` for each line of it. Resolves when the server ends it.
   * @throws ApiError when it can not be opened; Error when the connection breaks or is silent for `idleMs`
   */
  async stream(path: string, line: (text: string) => void, idleMs: number, signal: AbortSignal): Promise<void> {
    const response = await this.open('GET', path, undefined, signal);
    if (!isOk(response)) {
      throw new ApiError(response.statusCode ?? 0, `GET ${path}: ${response.statusCode} ${messageOf(await readText(response))}`);
    }
    response.socket.setKeepAlive(true, 10_000);
    response.setTimeout(idleMs, () => response.destroy(new Error(`the watch was silent for ${idleMs} ms`)));
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) if (text !== '') line(text);
    }
  }

  private async open(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<IncomingMessage> {
    const options: RequestOptions = { method, headers: { accept: 'application/json' }, ...(signal && { signal }) };
    await this.login(options);
    // The base may have a path of its own (proxies of managed clusters).
    const url = new URL(this.server.href.replace(/\/$/, '') + path);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    if (payload !== undefined) options.headers = { ...options.headers, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
      const call: ClientRequest = send(url, options, (response) => {
        call.setTimeout(0);
        resolve(response);
      });
      call.setTimeout(REQUEST_TIMEOUT_MS, () => call.destroy(new Error(`${method} ${path}: no answer in ${REQUEST_TIMEOUT_MS} ms`)));
      call.on('error', reject);
      call.end(payload);
    });
  }
}

const isOk = (response: IncomingMessage): boolean =>
  response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The message of a Status object, or the text itself. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

/** The library's context, of a server at localhost:8080, when it finds no way to log in. */
const NOTHING_FOUND = 'loaded-context';

/**
 * The API server of the environment: KUBECONFIG, `~/.kube/config`, or the service account of the pod.
 * @throws Error when there is none
 */
export async function clusterClient(): Promise<ApiClient> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new Error(`no cluster: the kubeconfig can not be read: ${(cause as Error).message}`, { cause });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null || config.getCurrentContext() === NOTHING_FOUND) {
    throw new Error('no cluster: neither a kubeconfig nor a service account is there; without a cluster use file-discovery');
  }
  return new ApiClient(new URL(cluster.server), (options) => config.applyToHTTPSOptions(options));
}
