import { Agent, type RequestOptions, request } from 'node:https';
import type { KubeObject } from '../conformance/manifests';
import { ApiError } from './api-error';
import { type ResourceKind, ResourceKinds } from './resource-kinds';

export interface Answer {
  readonly body: unknown;
  /** Texts of the `Warning` headers: legal input that the API server has doubts about. */
  readonly warnings: readonly string[];
}

export interface WriteOptions {
  /** Everything up to admission and validation is done, nothing is stored. */
  readonly dryRun?: boolean;
}

const FIELD_MANAGER = 'cdk8s-llm-d-tests';
const REQUEST_TIMEOUT_MS = 30_000;

/** Talks to one API server in plain HTTPS and JSON: what a client library would add is not needed here. */
export class KubeClient {
  private readonly agent: Agent;
  private readonly base: RequestOptions;
  private readonly kinds = new ResourceKinds((path) => this.request('GET', path).then((answer) => answer.body));

  public constructor(server: { readonly port: number; readonly token: string; readonly ca: string }) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 8, ca: server.ca });
    this.base = { agent: this.agent, host: '127.0.0.1', port: server.port, headers: { authorization: `Bearer ${server.token}` } };
  }

  /** Server-side apply, as `kubectl apply --server-side --force-conflicts --validate=strict` does it. */
  public async apply(object: KubeObject, options: WriteOptions = {}): Promise<Answer> {
    const path = `${await this.pathOf(object)}?${writeQuery(options)}&force=true`;
    return this.request('PATCH', path, object, 'application/apply-patch+yaml');
  }

  public async create(object: KubeObject, options: WriteOptions = {}): Promise<Answer> {
    const path = `${await this.collectionOf(object)}?${writeQuery(options)}`;
    return this.request('POST', path, object);
  }

  /** The stored object, or `undefined` if there is none. */
  public async get(object: KubeObject): Promise<KubeObject | undefined> {
    const answer = await absentIfNotFound(this.request('GET', await this.pathOf(object)));
    return answer?.body as KubeObject | undefined;
  }

  /** All objects of a kind in a namespace, without `apiVersion` and `kind`, which only the list has. */
  public async list(apiVersion: string, kind: string, namespace: string): Promise<readonly Omit<KubeObject, 'apiVersion' | 'kind'>[]> {
    const { body } = await this.request('GET', await this.collectionOf({ apiVersion, kind, metadata: { namespace } }));
    return (body as { items: Omit<KubeObject, 'apiVersion' | 'kind'>[] }).items;
  }

  /** Changes some fields; null removes one. */
  public async patch(object: KubeObject, change: object): Promise<void> {
    await this.request('PATCH', await this.pathOf(object), change, 'application/merge-patch+json');
  }

  /** What an autoscaler or `kubectl scale` does. */
  public async scale(object: KubeObject, replicas: number): Promise<void> {
    await this.request('PATCH', `${await this.pathOf(object)}/scale`, { spec: { replicas } }, 'application/merge-patch+json');
  }

  /** What a controller would report. */
  public async patchStatus(object: KubeObject, status: object): Promise<void> {
    await this.request('PATCH', `${await this.pathOf(object)}/status`, { status }, 'application/merge-patch+json');
  }

  /** Deletes for good. No controller runs that would take finalizers off (a PersistentVolumeClaim always gets one), so we do. */
  public async delete(object: KubeObject): Promise<void> {
    const path = await this.pathOf(object);
    const answer = await absentIfNotFound(this.request('DELETE', `${path}?propagationPolicy=Background`));
    const left = answer?.body as KubeObject | undefined;
    if (!left?.metadata?.finalizers) return;
    await absentIfNotFound(this.request('PATCH', path, { metadata: { finalizers: null } }, 'application/merge-patch+json'));
  }

  public async ensureNamespace(name: string): Promise<void> {
    const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    if ((await this.get(namespace)) === undefined) await this.apply(namespace);
  }

  /** True once the API server's discovery lists the kind. */
  public async serves(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.kinds.find(apiVersion, kind)) !== undefined;
  }

  public request(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const headers = { ...this.base.headers, ...(payload && { 'content-type': contentType, 'content-length': payload.length }) };
      const sent = request({ ...this.base, method, path, headers, timeout: REQUEST_TIMEOUT_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          const answer = parsed(text);
          if (status < 200 || status > 299) reject(new ApiError((answer as { message?: string }).message ?? text, status));
          else resolve({ body: answer, warnings: warningTexts(response.headers.warning) });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  public close(): void {
    this.agent.destroy();
  }

  private async pathOf(object: KubeObject): Promise<string> {
    const name = object.metadata?.name;
    if (!name) throw new Error(`${object.kind} has no metadata.name`);
    return `${await this.collectionOf(object)}/${encodeURIComponent(name)}`;
  }

  private async collectionOf(object: KubeObject): Promise<string> {
    const kind: ResourceKind | undefined = await this.kinds.find(object.apiVersion, object.kind);
    if (!kind) throw new ApiError(`no kind ${object.kind} in ${object.apiVersion} on this API server (is its CRD installed?)`, 404);
    const namespace = kind.namespaced ? `/namespaces/${encodeURIComponent(object.metadata?.namespace ?? 'default')}` : '';
    return `${kind.root}${namespace}/${kind.plural}`;
  }
}

function writeQuery(options: WriteOptions): string {
  return `fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${options.dryRun ? '&dryRun=All' : ''}`;
}

async function absentIfNotFound(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Objects come as JSON; health checks and errors of the HTTP layer are plain text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Node joins repeated headers by commas; each looks like `299 - "text"` with quotes escaped. */
function warningTexts(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
}
