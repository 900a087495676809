import type { Headers, InferenceRequest } from '../plugin/request';

/** A request's latency objectives in milliseconds; 0 is none. */
export interface LatencySlo {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

/** Current name and the older one, which counts only where the current one is absent. Source: llm-d-router v0.10.0, `metadata`. */
const TTFT = ['x-llm-d-slo-ttft-ms', 'x-slo-ttft-ms'] as const;
const TPOT = ['x-llm-d-slo-tpot-ms', 'x-slo-tpot-ms'] as const;

function milliseconds(headers: Headers, [current, older]: readonly [string, string]): number {
  const text = (headers.get(current) ?? headers.get(older) ?? '').trim();
  const value = text === '' ? 0 : Number(text);
  return Number.isFinite(value) ? value : 0;
}

/** The objectives that the headers name; what is no number counts as none. */
export const latencySlo = ({ headers }: InferenceRequest): LatencySlo => ({
  ttftMs: milliseconds(headers, TTFT),
  tpotMs: milliseconds(headers, TPOT),
});
