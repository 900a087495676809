/** A prompt token counts once, a completion token twice. Source: llm-d-router v0.10.0, `program-aware/strategy_las.go`. */
const COMPLETION_WEIGHT = 2;

/** What is known of one program. */
interface Program {
  /** Tokens it got, with the decay up to `decayedAt`. */
  service: number;
  decayedAt: number;
  averageWaitMs: number;
  waits: number;
  running: number;
  endedAt: number;
}

/** Books how much service each program got, and how long it waited for it. Times are those of `Clock.now()`. */
export class ProgramLedger {
  private readonly programs = new Map<string, Program>();

  /** `halfLifeMs` is the time in which service counts half; 0 for no decay. */
  constructor(private readonly halfLifeMs: number) {}

  get size(): number {
    return this.programs.size;
  }

  /** Service with the decay up to now. */
  service(id: string, now: number): number {
    const program = this.programs.get(id);
    return program === undefined ? 0 : this.decay(program, now);
  }

  /** A request of the program was sent; `waitedMs` is undefined when it was in no queue. Returns the mean wait in milliseconds. */
  dispatched(id: string, waitedMs: number | undefined, now: number): number {
    const program = this.program(id, now);
    program.running++;
    if (waitedMs !== undefined) {
      program.waits++;
      program.averageWaitMs += (Math.trunc(waitedMs) - program.averageWaitMs) / program.waits;
    }
    return program.averageWaitMs;
  }

  /** A request of the program ended. Returns the service. */
  ended(id: string, promptTokens: number, completionTokens: number, now: number): number {
    const program = this.program(id, now);
    program.running = Math.max(0, program.running - 1);
    program.endedAt = now;
    program.service = this.decay(program, now) + promptTokens + COMPLETION_WEIGHT * completionTokens;
    return program.service;
  }

  /**
   * Forgets the programs that have nothing running and ended nothing for longer than `ttlMs`, and further ones without anything running
   * until at most `max` are left, the oldest first; returns their ids.
   */
  forgetIdle(ttlMs: number, max: number, now: number): string[] {
    const forgotten: string[] = [];
    for (const [id, program] of this.programs) {
      if (program.running > 0) continue;
      if (now - program.endedAt <= ttlMs && this.programs.size <= max) continue;
      this.programs.delete(id);
      forgotten.push(id);
    }
    return forgotten;
  }

  /** Jain's index over the mean waits: 1 when all wait equally long, 1/n when one of n does all the waiting. */
  fairnessIndex(): number {
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (const { waits, averageWaitMs } of this.programs.values()) {
      if (waits === 0) continue;
      count++;
      sum += averageWaitMs;
      squares += averageWaitMs ** 2;
    }
    return count <= 1 || squares === 0 ? 1 : sum ** 2 / (count * squares);
  }

  private program(id: string, now: number): Program {
    let program = this.programs.get(id);
    if (program === undefined) {
      program = { service: 0, decayedAt: now, averageWaitMs: 0, waits: 0, running: 0, endedAt: now };
      this.programs.set(id, program);
    }
    return program;
  }

  private decay(program: Program, now: number): number {
    const elapsed = now - program.decayedAt;
    if (elapsed > 0) {
      if (this.halfLifeMs > 0) program.service *= 2 ** (-elapsed / this.halfLifeMs);
      program.decayedAt = now;
    }
    return program.service;
  }
}
