import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import type { Log } from '../plugin/context';
import { listenHttp } from './listen';
import type { MetricsRegistry } from './registry';

/** Whether the bearer of a token may read a path, such as `/metrics`. */
export type MetricsAuthorizer = (token: string, path: string) => Promise<'allowed' | 'unauthenticated' | 'forbidden'>;

/** How metrics are served. */
export interface MetricsServerOptions {
  readonly port: number;
  /**
   * Who may read.
   * @default - everybody
   */
  readonly authorize?: MetricsAuthorizer;
  /**
   * Folder of `tls.crt` and `tls.key`.
   * @default - plain HTTP
   */
  readonly certDir?: string;
  /**
   * File of the authority that signs the clients' certificates.
   * @default - clients need no certificate
   */
  readonly clientCaFile?: string;
  /** State of the plugins, for `/debug/plugins/state`. */
  readonly pluginState: () => unknown;
}

/** Serves `/metrics` (Prometheus text) and `/debug/plugins/state`. */
export class MetricsServer {
  private readonly server: Server;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly options: MetricsServerOptions,
    private readonly log: Log,
  ) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.answer(request, response).catch((error: unknown) => {
        this.log.error({ err: error }, 'the metrics page failed');
        if (response.headersSent) response.destroy();
        else plain(response, 500, 'Internal Server Error\n');
      });
    };
    this.server = options.certDir === undefined ? createHttpServer(listener) : createHttpsServer(tlsOptions(options), listener);
  }

  /** Resolves with the port. */
  listen(): Promise<number> {
    return listenHttp(this.server, this.log, this.options.port);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0];
    if (path !== '/metrics' && path !== '/debug/plugins/state') return plain(response, 404, 'not found\n');
    const verdict = await this.authorize(request, path);
    if (verdict === 'unauthenticated') return plain(response, 401, 'Unauthorized\n');
    if (verdict === 'forbidden') return plain(response, 403, 'Forbidden\n');
    if (path === '/metrics') return plain(response, 200, this.registry.text(), 'text/plain; version=0.0.4; charset=utf-8');
    return plain(response, 200, JSON.stringify(this.options.pluginState()), 'application/json');
  }

  private async authorize(request: IncomingMessage, path: string): Promise<Awaited<ReturnType<MetricsAuthorizer>>> {
    if (this.options.authorize === undefined) return 'allowed';
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? 'unauthenticated' : this.options.authorize(token, path);
  }
}

function tlsOptions({ certDir, clientCaFile }: MetricsServerOptions): Parameters<typeof createHttpsServer>[0] & object {
  const read = (file: string): Buffer => readFileSync(join(certDir as string, file));
  const client = clientCaFile === undefined ? {} : { ca: readFileSync(clientCaFile), requestCert: true, rejectUnauthorized: true };
  return { cert: read('tls.crt'), key: read('tls.key'), minVersion: 'TLSv1.2', ...client };
}

function plain(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}
