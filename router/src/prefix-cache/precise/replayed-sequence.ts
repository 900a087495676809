import type { EngineMessage } from './message-frames';

/** What a stream with a replay socket does about messages. */
export interface SequenceActions {
  /** Takes a message in. */
  deliver(message: EngineMessage): void;
  /** Voids all that was taken in. */
  reset(): void;
  /** Delivers the engine's messages from a number on; false when that failed. */
  replay(from: number): Promise<boolean>;
  /** Says that messages were lost. */
  gap(lost: number): void;
  /** Says that the engine began anew. */
  restarted(): void;
}

/**
 * Keeps the messages of one engine in order, without gaps, with the help of its replay socket. After a failed replay nothing is taken in
 * until the next one succeeds, which is tried no earlier than after a cooldown.
 * Source: llm-d-router v0.10.0, `pkg/kvevents`.
 */
export class ReplayedSequence {
  private last: number | undefined;
  private lastLive: number | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly actions: SequenceActions,
    private readonly now: () => number,
    private readonly cooldownMs: number,
  ) {}

  /** Fetches what the engine reported before it was listened to. */
  async connected(): Promise<void> {
    if (this.last === undefined && this.mayReplay) await this.replay(0);
  }

  /** Takes in a live message. */
  async received(message: EngineMessage): Promise<void> {
    const { sequence } = message;
    let tried = false;
    if (this.lastLive !== undefined && sequence <= this.lastLive) {
      this.actions.restarted();
      this.actions.reset();
      this.last = undefined;
      this.failedAt = Number.NEGATIVE_INFINITY;
      tried = true;
      await this.replay(0);
    }
    this.lastLive = sequence;
    if (!(await this.close(sequence, tried))) return;
    this.actions.deliver(message);
    this.last = sequence;
  }

  /** Fills the gap before a message; true when the message is the next one. */
  private async close(sequence: number, tried: boolean): Promise<boolean> {
    const { last } = this;
    const next = last === undefined ? 0 : last + 1;
    if (sequence < next) return false;
    if (sequence === next) return true;
    if (last !== undefined) this.actions.gap(sequence - next);
    if ((tried && last === undefined) || !this.mayReplay || !(await this.replay(next))) return false;
    // An engine may have dropped its oldest messages and answer with none: the live ones are all there is then.
    return this.last === undefined || sequence === this.last + 1;
  }

  private get mayReplay(): boolean {
    return this.now() - this.failedAt >= this.cooldownMs;
  }

  private async replay(from: number): Promise<boolean> {
    const done = await this.actions.replay(from);
    if (done) {
      this.failedAt = Number.NEGATIVE_INFINITY;
      return true;
    }
    this.actions.reset();
    this.last = undefined;
    this.failedAt = this.now();
    return false;
  }

  /** Notes a message that a replay delivered. */
  replayed(sequence: number): void {
    this.last = sequence;
  }
}
