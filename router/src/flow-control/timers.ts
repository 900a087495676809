/** Calls back later, so that tests can decide when. */
export interface Timers {
  /** Calls back once after some milliseconds; returns what `clear` takes. A pending call keeps no process alive. */
  set(callback: () => void, milliseconds: number): unknown;
  clear(handle: unknown): void;
  /** Calls back in the next turn of the event loop, after all that waits on promises has run. */
  soon(callback: () => void): void;
}

/** The timers of Node. */
export const systemTimers: Timers = {
  set: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
  soon: (callback) => void setImmediate(callback),
};
