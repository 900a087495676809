/** Where time comes from, so that tests can move it. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
  /** Milliseconds since 1970, for what others read: logs, events, object ages. */
  wallTime(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = { now: () => performance.now(), wallTime: () => Date.now() };
