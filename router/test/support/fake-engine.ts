import { createServer } from 'node:net';
import { Router, XPublisher } from 'zeromq';

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
const number = (sequence: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(sequence));
  return bytes;
};

let nextPort = 20_000 + 200 * Number(process.env.JEST_WORKER_ID ?? 0);

/**
 * A free port for a socket that others connect to before it listens. Below those that the system gives out: a client that dials one of these
 * too early can be given the port itself, and is then connected to itself for ever.
 */
export async function portBelowEphemeral(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
  }
}

/** Waits, a few milliseconds at a time, until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1000) throw new Error(`it did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Publishes KV cache events as vLLM does, and answers replay requests with what it keeps. */
export class FakeEngine {
  private publisher = new XPublisher({ linger: 0 });
  private router: Router | undefined;
  /** Messages that a replay can bring, by number. */
  readonly kept = new Map<number, Buffer>();
  /** First numbers that were asked for. */
  readonly asked: number[] = [];
  /** Answers that are sent before the replay breaks off. */
  breakAfter = Number.POSITIVE_INFINITY;
  /** Whether replay requests stay without any answer. */
  silent = false;
  port = 0;
  replayPort = 0;
  next = 0;

  constructor(readonly topic = 'kv@pod@my-model') {}

  async listen(): Promise<this> {
    await this.publisher.bind(this.port === 0 ? 'tcp://127.0.0.1:*' : `tcp://127.0.0.1:${this.port}`);
    this.port = portOf(this.publisher.lastEndpoint as string);
    return this;
  }

  /** Connects to a router that binds, instead of being connected to. */
  connectTo(port: number): this {
    this.publisher.connect(`tcp://127.0.0.1:${port}`);
    return this;
  }

  /** Opens the replay socket. */
  async listenForReplay(): Promise<this> {
    this.router = new Router({ linger: 0 });
    await this.router.bind('tcp://127.0.0.1:*');
    this.replayPort = portOf(this.router.lastEndpoint as string);
    void this.answer(this.router);
    return this;
  }

  /** Resolves when somebody has subscribed. */
  async subscribed(): Promise<void> {
    await this.publisher.receive();
  }

  /** Publishes events under the next number, or under the number given. */
  async publish(payload: Buffer, sequence = this.next): Promise<void> {
    this.next = sequence + 1;
    this.kept.set(sequence, payload);
    await this.publisher.send([this.topic, number(sequence), payload]);
  }

  /** Publishes frames as they are. */
  async publishFrames(...frames: Buffer[]): Promise<void> {
    await this.publisher.send(frames);
  }

  /** Loses a message: it has a number, and nobody hears of it. */
  lose(payload: Buffer): void {
    this.kept.set(this.next++, payload);
  }

  /** Starts anew on the same port, with nothing in the cache. */
  async restart(): Promise<void> {
    this.publisher.close();
    this.publisher = new XPublisher({ linger: 0 });
    this.kept.clear();
    this.next = 0;
    for (let tries = 0; ; tries++) {
      try {
        await this.listen();
        return;
      } catch (error) {
        if (tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  close(): void {
    this.publisher.close();
    this.router?.close();
  }

  private async answer(router: Router): Promise<void> {
    for await (const [client, empty, from] of router) {
      const first = Number((from as Buffer).readBigUInt64BE());
      this.asked.push(first);
      if (this.silent) continue;
      let left = this.breakAfter;
      this.breakAfter = Number.POSITIVE_INFINITY;
      for (const [sequence, payload] of [...this.kept].sort(([a], [b]) => a - b)) {
        if (sequence < first || left-- <= 0) continue;
        await router.send([client as Buffer, empty as Buffer, this.topic, number(sequence), payload]);
      }
      if (left >= 0) await router.send([client as Buffer, empty as Buffer, '', Buffer.alloc(8, 0xff), '']);
    }
  }
}
