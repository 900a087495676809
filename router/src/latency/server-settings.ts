import type { Log } from '../plugin/context';

/** How the latency prediction server is used. */
export interface PredictionServerSettings {
  /** Base URLs; one is drawn for each call. */
  readonly predictionUrls: readonly string[];
  readonly trainingUrl: string;
  /** Most samples that are sent at once; of more, so many are drawn. */
  readonly maxSampleSize: number;
  readonly flushIntervalMs: number;
  readonly httpTimeoutMs: number;
  /** Most rows that one request adds to a call. */
  readonly maxBulkSize: number;
  /** For how long the rows of concurrent requests are gathered into one call; 0 gathers none. */
  readonly coalesceWindowMs: number;
  /** Rows from which on a call does not wait for the window to end; 0 is no limit. */
  readonly maxCoalescedRows: number;
  readonly maxConcurrentDispatches: number;
}

type Env = Readonly<Record<string, string | undefined>>;

function wholeNumber(env: Env, log: Log, name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const text = env[name]?.trim() ?? '';
  if (text === '') return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  log.warn({ name, given: text, used: fallback }, `${name} must be a whole number of at least ${min}, the default is used`);
  return fallback;
}

/** Checks a URL. @throws Error when it is none */
function baseUrl(name: string, text: string): string {
  const trimmed = text.trim().replace(/\/+$/, '');
  if (!/^https?:\/\//.test(trimmed) || !URL.canParse(trimmed)) {
    throw new Error(`${name} holds ${JSON.stringify(text)}, write URLs such as http://localhost:8001`);
  }
  return trimmed;
}

/**
 * The settings in the environment; undefined when `PREDICTION_SERVER_URL` names no server. Names and defaults: llm-d-router v0.10.0,
 * `latencypredictorclient`; there the server is not optional. Variables that steer what it does not use either are not read.
 * @throws Error when a URL is none
 */
export function predictionServerSettings(env: Env, log: Log): PredictionServerSettings | undefined {
  const urls = (env.PREDICTION_SERVER_URL ?? '').split(',').filter((url) => url.trim() !== '');
  if (urls.length === 0) return undefined;
  const number = (name: string, fallback: number, min: number, max?: number) => wholeNumber(env, log, name, fallback, min, max);
  return {
    predictionUrls: urls.map((url) => baseUrl('PREDICTION_SERVER_URL', url)),
    trainingUrl: baseUrl('TRAINING_SERVER_URL', env.TRAINING_SERVER_URL || 'http://localhost:8000'),
    maxSampleSize: number('LATENCY_MAX_SAMPLE_SIZE', 1000, 1),
    flushIntervalMs: number('LATENCY_FLUSH_INTERVAL_SEC', 1, 1) * 1000,
    httpTimeoutMs: number('LATENCY_HTTP_TIMEOUT_SEC', 10, 1) * 1000,
    maxBulkSize: number('LATENCY_MAX_BULK_SIZE', 100, 1, 100),
    coalesceWindowMs: number('LATENCY_COALESCE_WINDOW_MS', 1, 0),
    maxCoalescedRows: number('LATENCY_MAX_COALESCED_ROWS', 0, 0),
    maxConcurrentDispatches: number('LATENCY_MAX_CONCURRENT_DISPATCHES', 36, 1),
  };
}
