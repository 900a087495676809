import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';

/** Lines of one message that are written in a second. */
const PER_SECOND = 20;

/** Messages are constants of the code, but for few; should ever more come, all begin anew. */
const MOST_MESSAGES = 1000;

interface Message {
  /** `Clock.now()` of the first line of the current second. */
  since: number;
  lines: number;
  /** Lines that were not written since the last one that was. */
  left: number;
}

/**
 * A log that no flood of requests can turn into a flood of lines, which are written at once and hold up everything else: of each message
 * 20 lines a second are written, and the next one after that says in `suppressed` how many were left out. Debugging lines are all
 * written, since who asks for them wants each.
 */
export class ThrottledLog implements Log {
  private readonly messages = new Map<string, Message>();

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  error(fields: object, message: string): void {
    this.write('error', fields, message);
  }

  warn(fields: object, message: string): void {
    this.write('warn', fields, message);
  }

  info(fields: object, message: string): void {
    this.write('info', fields, message);
  }

  debug(fields: object, message: string): void {
    this.log.debug(fields, message);
  }

  trace(fields: object, message: string): void {
    this.log.trace(fields, message);
  }

  private write(level: 'error' | 'warn' | 'info', fields: object, message: string): void {
    const entry = this.entry(message);
    const now = this.clock.now();
    if (now - entry.since >= 1000) {
      entry.since = now;
      entry.lines = 0;
    }
    if (++entry.lines > PER_SECOND) {
      entry.left++;
      return;
    }
    if (entry.left === 0) this.log[level](fields, message);
    else this.log[level]({ ...fields, suppressed: entry.left }, message);
    entry.left = 0;
  }

  private entry(message: string): Message {
    let entry = this.messages.get(message);
    if (entry === undefined) {
      if (this.messages.size >= MOST_MESSAGES) this.messages.clear();
      entry = { since: Number.NEGATIVE_INFINITY, lines: 0, left: 0 };
      this.messages.set(message, entry);
    }
    return entry;
  }
}
