import type { Subscriber } from 'zeromq';
import { ReplayError, replay } from './kv-replay';
import { MAX_MESSAGE_BYTES, OPERATIONS, type Operation, type StreamEnvironment } from './kv-stream';
import { type EngineMessage, engineMessage, rankMark, topicParts } from './message-frames';
import { ReplayedSequence } from './replayed-sequence';
import { SequenceWatch } from './sequence-watch';

/** Messages that may wait in the socket; as many as vLLM's own socket holds back. */
const HIGH_WATER_MARK = 100_000;
const RECONNECT_MS = 250;
/** After so long without a pause, requests get their turn. */
const PAUSE_AFTER_MS = 5;

/** A stream of events to follow. */
export interface Subscription {
  /** Name in logs and metrics: the endpoint's id. */
  readonly name: string;
  /** Address to connect to, or to bind when engines connect to us. */
  readonly address: string;
  readonly bind: boolean;
  readonly topicFilter: string;
  /**
   * Pod (`ip:port`) whose events these are.
   * @default - the topic of each message says it
   */
  readonly pod?: string;
  /**
   * Address of the engine's replay socket.
   * @default - lost messages are not asked for
   */
  readonly replayAddress?: string;
}

/** Follows one stream until it is stopped, in order and whatever happens to the socket. */
export class KvSubscriber {
  private readonly watch = new SequenceWatch();
  private readonly sequence: ReplayedSequence | undefined;
  private socket: Subscriber | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;
  private loop: Promise<void> | undefined;
  private pausedAt = 0;

  constructor(
    private readonly environment: StreamEnvironment,
    private readonly subscription: Subscription,
  ) {
    const { clock, times, metrics, log } = environment;
    const { name, pod, replayAddress } = subscription;
    if (replayAddress === undefined || pod === undefined) return;
    this.sequence = new ReplayedSequence(
      {
        deliver: (message) => this.deliver(message, pod),
        reset: () => environment.target.reset(pod),
        replay: (from) => this.replay(replayAddress, pod, from),
        gap: (lost) => {
          metrics.gaps.with(name).inc();
          log.info({ endpoint: name, lost }, 'messages about the KV cache were lost, they are asked for again');
        },
        restarted: () => this.noteRestart(pod),
      },
      () => clock.now(),
      times.replayCooldown,
    );
  }

  start(): void {
    this.loop = this.run();
  }

  /** Closes the sockets; no event is taken in after the call. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    this.socket?.close();
    await this.loop;
    this.environment.metrics.forget(this.subscription.name, OPERATIONS);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.follow();
      if (this.stopped) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, this.environment.times.retry).unref();
      });
      if (!this.stopped) this.environment.metrics.reconnections.with(this.subscription.name).inc();
    }
  }

  /** Opens the socket and takes in messages until it fails or is closed. */
  private async follow(): Promise<void> {
    const { sockets, context, times } = this.environment;
    const { bind, address, topicFilter } = this.subscription;
    let operation: Operation = bind ? 'bind' : 'connect';
    try {
      const socket = new sockets.Subscriber({
        context,
        linger: 0,
        ipv6: true,
        tcpKeepalive: 1,
        tcpKeepaliveIdle: 30,
        receiveHighWaterMark: HIGH_WATER_MARK,
        maxMessageSize: MAX_MESSAGE_BYTES,
        reconnectInterval: Math.min(RECONNECT_MS, times.retry),
        reconnectMaxInterval: times.retry,
      });
      this.socket = socket;
      socket.subscribe(topicFilter);
      if (bind) await socket.bind(address);
      else socket.connect(address);
      operation = 'recv';
      await this.sequence?.connected();
      for await (const frames of socket) {
        if (this.stopped) return;
        await this.received(frames);
      }
    } catch (error) {
      if (!this.stopped) this.failed(operation, error);
    } finally {
      this.socket?.close();
      this.socket = undefined;
    }
  }

  private async received(frames: readonly Buffer[]): Promise<void> {
    const { metrics, clock } = this.environment;
    const { name } = this.subscription;
    metrics.messages.with(name).inc();
    const message = engineMessage(frames);
    if (message === undefined) {
      metrics.invalid.inc();
      this.environment.log.debug({ endpoint: name, frames: frames.length }, 'a message about the KV cache is not topic, number, payload');
    } else if (this.sequence !== undefined) {
      await this.sequence.received(message);
    } else {
      this.watched(message);
    }
    if (clock.now() - this.pausedAt < PAUSE_AFTER_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.pausedAt = clock.now();
  }

  /** Without a replay socket: a gap is only noted, but a restarted engine holds nothing of what it reported. */
  private watched(message: EngineMessage): void {
    const pod = this.subscription.pod ?? topicParts(message.topic).pod;
    const lost = this.watch.observe(`${pod}/${rankMark(message.payload)}`, message.sequence);
    if (lost < 0) {
      this.noteRestart(pod);
      this.environment.target.reset(pod);
    } else if (lost > 0) {
      this.environment.metrics.gaps.with(this.subscription.name).inc();
      const fields = { endpoint: this.subscription.name, pod, lost };
      this.environment.log.warn(fields, 'messages about the KV cache were lost; set replaySocketPort so that they can be asked for again');
    }
    this.deliver(message, pod);
  }

  private deliver(message: EngineMessage, pod: string): void {
    if (!this.stopped) this.environment.target.message(pod, topicParts(message.topic).model, message.payload);
  }

  private async replay(address: string, pod: string, from: number): Promise<boolean> {
    const { log } = this.environment;
    const { name } = this.subscription;
    try {
      const messages = await replay(this.environment, {
        address,
        from,
        deliver: (message) => {
          this.deliver(message, pod);
          this.sequence?.replayed(message.sequence);
        },
        stopped: () => this.stopped,
      });
      log.debug({ endpoint: name, from, messages }, 'messages about the KV cache were replayed');
      return true;
    } catch (error) {
      if (!this.stopped) this.failed(error instanceof ReplayError ? error.operation : 'replay-incomplete', error);
      return false;
    }
  }

  private noteRestart(pod: string): void {
    const { metrics, log } = this.environment;
    metrics.restarts.with(this.subscription.name).inc();
    log.info(
      { endpoint: this.subscription.name, pod },
      'the engine counts its messages anew, so it was restarted; its blocks are forgotten',
    );
  }

  private failed(operation: Operation, error: unknown): void {
    const { name, address } = this.subscription;
    this.environment.metrics.errors.with(name, operation).inc();
    const fields = { endpoint: name, address, operation, error: (error as Error).message };
    this.environment.log.warn(fields, 'the stream of KV cache events failed');
  }
}
