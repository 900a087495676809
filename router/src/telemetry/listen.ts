import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../plugin/context';

/**
 * Opens the port of an HTTP server; resolves with its number. An error that comes later, such as one of too many open files, is logged:
 * it must not end the process.
 * @throws Error (rejects) when the port can not be opened
 */
export function listenHttp(server: Server, log: Log, port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', (error) => log.error({ err: error }, 'an HTTP server failed to accept a connection'));
      resolve((server.address() as AddressInfo).port);
    });
  });
}
