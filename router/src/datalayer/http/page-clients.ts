import type { Agent } from 'node:https';
import type { MakeClient } from '../polling/poller';
import type { PollingSource } from '../types';
import { BufferPool } from './buffer-pool';
import { HttpsClient, httpsAgent } from './https-client';
import { KeepAliveClient, type SharedBuffers } from './keep-alive-client';

/** Bytes read at once. Most pages come in one piece then. */
const READ_SIZE = 64 * 1024;

/** Makes the clients of all sources. */
export class PageClients {
  private readonly bodies = new BufferPool();
  private readonly read = Buffer.allocUnsafeSlow(READ_SIZE);
  private readonly agents: Agent[] = [];

  /** Makes the clients of one source. */
  maker(source: PollingSource): MakeClient {
    let agent: Agent | undefined;
    return (request, sink) => {
      if (request.scheme === 'http') return new KeepAliveClient(request, this.buffers(), sink);
      if (agent === undefined) {
        agent = httpsAgent(source.tls);
        this.agents.push(agent);
      }
      return new HttpsClient(request, agent, sink);
    };
  }

  /** Ends the connections that are kept open for https. */
  close(): void {
    for (const agent of this.agents.splice(0)) agent.destroy();
  }

  /** On Windows a read is under way while others end, so each socket needs a buffer of its own there. */
  private buffers(): SharedBuffers {
    const read = process.platform === 'win32' ? Buffer.allocUnsafeSlow(READ_SIZE) : this.read;
    return { read, bodies: this.bodies };
  }
}
