import type { Headers, InferenceRequest } from '../plugin/request';
import { controlHeaders, firstOf } from '../request-control/header-names';

/** A request's latency objectives in milliseconds; 0 is none. */
export interface LatencySlo {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

function milliseconds(headers: Headers, names: readonly string[]): number {
  const text = (firstOf(headers, names) ?? '').trim();
  const value = text === '' ? 0 : Number(text);
  return Number.isFinite(value) ? value : 0;
}

/** The objectives that the headers name; what is no number counts as none. */
export const latencySlo = ({ headers }: InferenceRequest): LatencySlo => ({
  ttftMs: milliseconds(headers, controlHeaders.ttftSlo),
  tpotMs: milliseconds(headers, controlHeaders.tpotSlo),
});
