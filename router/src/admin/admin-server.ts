import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import { listenHttp } from '../telemetry/listen';
import type { DecisionLog } from './decision-log';
import { reportEndpoints } from './endpoint-report';
import { explain } from './explain';
import { page } from './page';

/** What the admin port shows. */
export interface AdminSources {
  readonly decisions: DecisionLog;
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  /** The running configuration, completed. */
  readonly config: () => unknown;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/**
 * Shows the last decisions, the endpoints and the running configuration: `/`, `/decisions`, `/decisions/<request id>`, `/endpoints`,
 * `/config`. It has no authentication, so it listens on loopback unless told otherwise; there it also refuses host names other than
 * loopback ones, so that no page of a browser on the machine can read it by a name of its own (DNS rebinding).
 */
export class AdminServer {
  private readonly server: Server;
  private readonly local: boolean;

  constructor(
    private readonly sources: AdminSources,
    private readonly host: string,
    private readonly port: number,
    private readonly log: Log,
  ) {
    this.local = isLoopback(host);
    this.server = createServer((request, response) => {
      try {
        this.answer(request, response);
      } catch (error) {
        this.log.error({ err: error }, 'a page of the admin port failed');
        response.destroy();
      }
    });
  }

  /** Resolves with the port. */
  listen(): Promise<number> {
    return listenHttp(this.server, this.log, this.port, this.host);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?')[0] as string;
    if (this.local && !LOOPBACK.test(request.headers.host ?? '')) {
      send(response, 403, { error: 'this port answers loopback hosts only' });
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, { error: 'only GET is answered' });
    } else if (path === '/') {
      sendPage(response);
    } else {
      const body = this.resource(path);
      if (body === undefined) send(response, 404, { error: `nothing at ${path}` });
      else send(response, 200, body);
    }
  }

  private resource(path: string): unknown {
    const { decisions, endpoints, clock } = this.sources;
    if (path === '/decisions') return { skipped: decisions.skipped, decisions: decisions.latest().map(explain) };
    if (path === '/endpoints') return { endpoints: reportEndpoints(endpoints, clock) };
    if (path === '/config') return this.sources.config();
    const id = /^\/decisions\/(.+)$/.exec(path)?.[1];
    const note = id === undefined ? undefined : decisions.latest().find((entry) => entry.requestId === decode(id));
    return note && explain(note);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  response.end(JSON.stringify(body));
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
    'x-content-type-options': 'nosniff',
  });
  response.end(page);
}
