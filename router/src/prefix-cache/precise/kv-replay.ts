import type { Dealer } from 'zeromq';
import type { Operation, StreamEnvironment } from './kv-stream';
import { MAX_MESSAGE_BYTES } from './kv-stream';
import { type EngineMessage, engineMessage } from './message-frames';
import { Turns } from './turns';

const MOST_AT_ONCE = 8;
const MOST_IDLE_TRIES = 3;

/** Replays of all streams of the process; more at once would only hold each other up. */
const turns = new Turns(MOST_AT_ONCE);

/** A replay that did not bring what was asked for. */
export class ReplayError extends Error {
  constructor(
    readonly operation: Operation,
    message: string,
  ) {
    super(message);
    this.name = 'ReplayError';
  }
}

/** A replay to run. */
export interface ReplayRequest {
  /** Replay socket of the engine. */
  readonly address: string;
  /** First number asked for. */
  readonly from: number;
  /** Takes the messages, in order and without gaps. */
  readonly deliver: (message: EngineMessage) => void;
  readonly stopped: () => boolean;
}

/**
 * Asks an engine for the messages that it still has, from a number on. Breaks are mended by asking for the rest.
 *
 * The request is an empty frame and the number (8 bytes, highest first); the answers are messages, at the end one with an empty payload.
 * Source: llm-d-router v0.10.0, `pkg/kvevents`.
 * @throws ReplayError when there is a gap, no progress, or no end
 */
export async function replay(environment: StreamEnvironment, request: ReplayRequest): Promise<number> {
  const { clock, times } = environment;
  const deadline = clock.now() + times.replayTotal;
  let next = request.from;
  let idle = 0;
  for (;;) {
    const before = next;
    const attempt = await turns.run(() => attemptReplay(environment, request, next));
    next = attempt.next;
    if (attempt.complete) break;
    if (request.stopped()) throw new ReplayError('replay-timeout', 'the stream was closed');
    if (clock.now() >= deadline) throw new ReplayError('replay-timeout', `no end after ${times.replayTotal} ms`);
    idle = next > before ? 0 : idle + 1;
    if (idle >= MOST_IDLE_TRIES) throw new ReplayError('replay-no-progress', `no answer to ${idle} requests`);
    await new Promise((resolve) => setTimeout(resolve, times.replayBackoff));
  }
  if (next === request.from && request.from > 0) throw new ReplayError('replay-incomplete', `message ${request.from} is gone`);
  return next - request.from;
}

interface Attempt {
  readonly next: number;
  readonly complete: boolean;
}

async function attemptReplay({ sockets, context, times }: StreamEnvironment, request: ReplayRequest, from: number): Promise<Attempt> {
  if (request.stopped()) return { next: from, complete: false };
  const dealer = new sockets.Dealer({
    context,
    linger: 0,
    ipv6: true,
    receiveTimeout: times.replayIdle,
    sendTimeout: times.replayIdle,
    maxMessageSize: MAX_MESSAGE_BYTES,
  });
  try {
    await ask(dealer, request.address, from);
    return await receive(dealer, request, from);
  } finally {
    dealer.close();
  }
}

async function ask(dealer: Dealer, address: string, from: number): Promise<void> {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(from));
  try {
    dealer.connect(address);
  } catch (error) {
    throw new ReplayError('replay-connect', (error as Error).message);
  }
  try {
    await dealer.send([Buffer.alloc(0), number]);
  } catch (error) {
    throw new ReplayError('replay-send', (error as Error).message);
  }
}

async function receive(dealer: Dealer, request: ReplayRequest, from: number): Promise<Attempt> {
  let next = from;
  for (;;) {
    let frames: Buffer[];
    try {
      frames = await dealer.receive();
    } catch {
      return { next, complete: false };
    }
    if (request.stopped()) return { next, complete: false };
    if (frames[0]?.length === 0) frames = frames.slice(1);
    if (frames.length === 3 && frames[2]?.length === 0) return { next, complete: true };
    const message = engineMessage(frames);
    if (message === undefined) throw new ReplayError('replay-incomplete', `an answer has ${frames.length} frames that are no message`);
    if (message.sequence !== next) throw new ReplayError('replay-incomplete', `message ${next} was expected, ${message.sequence} came`);
    request.deliver(message);
    next++;
  }
}
