import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** Hands connections on from one address of loopback to a port of another, until it is told to cut them. */
export class TcpRelay {
  private readonly open = new Set<Socket>();
  private readonly server = createServer((near) => {
    const far = createConnection({ host: '127.0.0.1', port: this.to });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.open.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });

  constructor(
    private readonly address: string,
    private readonly port: number,
    private readonly to: number,
  ) {}

  async listen(): Promise<this> {
    this.server.listen(this.port, this.address);
    await once(this.server, 'listening');
    return this;
  }

  /** Breaks all connections and takes no new ones until `listen`. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.open) socket.destroy();
    await closed;
  }
}
