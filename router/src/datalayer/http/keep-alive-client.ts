import { connect, type Socket } from 'node:net';
import type { PollRequest } from '../types';
import type { BufferPool } from './buffer-pool';
import { longestPage, mostRedirects, type PageClient, type PageSink, redirectPath } from './page-client';
import { originOf, requestBytes } from './request-bytes';
import { ResponseReader } from './response-reader';

/** What all clients of the process share. */
export interface SharedBuffers {
  /** Into which every socket reads: what came is used up before the next socket is read. */
  readonly read: Buffer;
  readonly bodies: BufferPool;
}

/**
 * Fetches a page over plain HTTP/1.1 on a connection of its own that stays open between fetches.
 *
 * Works on a socket, since node:http makes some twenty objects a request, while this makes none besides the write.
 */
export class KeepAliveClient implements PageClient {
  private socket: Socket | undefined;
  private busy = false;
  /** Whether the running request went out on a connection that had served another one before. */
  private reused = false;
  private redirects = 0;
  private request: Buffer;
  private readonly reader: ResponseReader;

  constructor(
    private readonly target: PollRequest,
    private readonly shared: SharedBuffers,
    private readonly sink: PageSink,
  ) {
    this.request = requestBytes(target, target.path);
    this.reader = new ResponseReader(shared.bodies, longestPage);
  }

  get(): void {
    this.redirects = 0;
    this.send();
  }

  abort(reason: string): void {
    if (!this.busy) return;
    this.drop();
    this.fail(reason);
  }

  close(): void {
    this.busy = false;
    this.reader.reset();
    this.drop();
  }

  private send(): void {
    this.busy = true;
    this.reused = this.socket !== undefined;
    this.socket ??= this.open();
    this.socket.write(this.request);
  }

  private open(): Socket {
    const { host, port } = this.target;
    const socket: Socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: this.shared.read,
        callback: (count) => {
          if (this.socket === socket) this.received(this.shared.read, count);
          return true;
        },
      },
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.socket === socket) this.lost(error.code ?? error.message);
    });
    socket.on('end', () => {
      if (this.socket === socket) this.lost('the server closed the connection');
    });
    socket.on('close', () => {
      if (this.socket === socket) this.lost('the connection was closed');
    });
    return socket;
  }

  private received(bytes: Buffer, count: number): void {
    if (!this.busy) {
      // Nothing was asked for: the server is out of step.
      this.drop();
      return;
    }
    let complete: boolean;
    try {
      complete = this.reader.feed(bytes, count);
    } catch (error) {
      this.drop();
      this.fail((error as Error).message);
      return;
    }
    if (complete) this.complete();
  }

  private lost(reason: string): void {
    this.drop();
    if (!this.busy) return;
    if (this.reader.closed()) this.complete();
    // A server may close an idle connection at the very moment a request goes out on it. That is no failure of the server.
    else if (this.reused && !this.reader.begun) this.send();
    else this.fail(reason);
  }

  private complete(): void {
    const { head, overrun } = this.reader;
    if (head === undefined) return;
    if (!head.keepAlive || overrun) this.drop();
    if (head.status === 200) {
      this.busy = false;
      this.sink.page(this.reader);
      this.reader.reset();
      return;
    }
    const path = redirectPath(head.location, originOf(this.target));
    if (path === undefined || ++this.redirects > mostRedirects) {
      this.fail(`status ${head.status}`);
      return;
    }
    // The page has moved for good as far as we are concerned, so later fetches ask at the new place.
    this.request = requestBytes(this.target, path);
    this.reader.reset();
    this.send();
  }

  private fail(reason: string): void {
    this.busy = false;
    this.reader.reset();
    this.sink.failed(reason);
  }

  private drop(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.destroy();
  }
}
