/** Shortest base tick, milliseconds: a shorter one is taken for this. Source: llm-d-router v0.10.0, `datalayer/runtime.go`. */
const shortestTickMs = 50;

/** Milliseconds of the base tick: the flag's, or the shortest interval of a source if that is less, but at least 50. */
export function baseTickMs(wantedMs: number, intervals: readonly (number | undefined)[]): number {
  const given = intervals.filter((interval) => interval !== undefined);
  return Math.max(shortestTickMs, Math.min(wantedMs, ...given));
}

/** The multiple of the tick that is nearest to an interval, at least one tick; no interval is one tick. */
export const roundToTicks = (intervalMs: number | undefined, tickMs: number): number =>
  Math.max(1, Math.round((intervalMs ?? tickMs) / tickMs)) * tickMs;
