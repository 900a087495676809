import { type Clock, systemClock } from '../plugin/clock';
import { FEATURES, type FeatureBatch, featureNames } from './features';
import { postJson } from './post-json';
import type { PredictionServerSettings } from './server-settings';

/** Features of one row by their names. */
export function namedFeatures(rows: Float64Array, at: number, podType: string): Record<string, number | string> {
  const named: Record<string, number | string> = podType === '' ? {} : { pod_type: podType };
  for (let i = 0; i < FEATURES; i++) {
    const value = rows[at + i] as number;
    const name = featureNames[i] as (typeof featureNames)[number];
    // All but the two shares are integers there.
    named[name] = name === 'kv_cache_percentage' || name === 'prefix_cache_score' ? value : Math.round(value);
  }
  return named;
}

/**
 * Longest wait for calls that run, in milliseconds. Whoever asked has gone on without predictions by then, and a server that is too slow
 * for the load would be asked ever later for what nobody waits for.
 */
const LONGEST_WAIT_MS = 1000;

/** Rows of one request that wait to be sent. */
interface Submission {
  readonly rows: readonly object[];
  take(predictions: readonly unknown[]): void;
  fail(error: Error): void;
}

/** What goes into one call. */
interface Batch {
  /** `Clock.now()` when it was complete. */
  readonly since: number;
  readonly submissions: readonly Submission[];
}

/** A latency of an answer; NaN when it is not given as a number. */
function latency(prediction: unknown, name: 'ttft_ms' | 'tpot_ms'): number {
  const value = (prediction as Record<string, unknown> | null)?.[name];
  return typeof value === 'number' ? value : Number.NaN;
}

function predictionsOf(answer: string): readonly unknown[] {
  const { predictions } = JSON.parse(answer) as { predictions?: unknown };
  if (!Array.isArray(predictions)) throw new Error('the answer of the prediction server has no predictions');
  return predictions;
}

/** Asks the prediction server, with the rows of concurrent requests gathered into one call. */
export class PredictionClient {
  private gathered: Submission[] = [];
  private gatheredRows = 0;
  private timer: NodeJS.Timeout | undefined;
  private running = 0;
  private readonly queue: Batch[] = [];

  constructor(
    private readonly settings: PredictionServerSettings,
    private readonly random: () => number,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Writes the predictions into the batch. @throws Error when the server does not answer all of them */
  async predict(batch: FeatureBatch): Promise<void> {
    const { ttftMs, tpotMs } = batch;
    const parts: Promise<void>[] = [];
    for (let start = 0; start < batch.size; start += this.settings.maxBulkSize) {
      const end = Math.min(batch.size, start + this.settings.maxBulkSize);
      const rows: object[] = [];
      for (let i = start; i < end; i++) rows.push(namedFeatures(batch.rows, i * FEATURES, batch.podTypes[i] as string));
      parts.push(
        this.submit(rows).then((predictions) => {
          for (const [i, prediction] of predictions.entries()) {
            ttftMs[start + i] = latency(prediction, 'ttft_ms');
            tpotMs[start + i] = latency(prediction, 'tpot_ms');
          }
        }),
      );
    }
    await Promise.all(parts);
  }

  /** Refuses what waits. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const waiting = [...this.queue.splice(0).flatMap(({ submissions }) => submissions), ...this.gathered];
    this.gathered = [];
    this.gatheredRows = 0;
    for (const submission of waiting) submission.fail(new Error('the router shuts down'));
  }

  private submit(rows: readonly object[]): Promise<readonly unknown[]> {
    const { coalesceWindowMs, maxCoalescedRows } = this.settings;
    return new Promise((take, fail) => {
      this.gathered.push({ rows, take, fail });
      this.gatheredRows += rows.length;
      if (coalesceWindowMs === 0 || (maxCoalescedRows > 0 && this.gatheredRows >= maxCoalescedRows)) this.dispatch();
      else this.timer ??= setTimeout(() => this.dispatch(), coalesceWindowMs);
    });
  }

  private dispatch(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.queue.push({ since: this.clock.now(), submissions: this.gathered });
    this.gathered = [];
    this.gatheredRows = 0;
    this.drain();
  }

  private drain(): void {
    const oldest = this.clock.now() - LONGEST_WAIT_MS;
    while ((this.queue[0]?.since ?? oldest) < oldest) {
      for (const { fail } of this.queue.shift()?.submissions ?? []) fail(new Error('the prediction server is too slow'));
    }
    while (this.running < this.settings.maxConcurrentDispatches) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.running++;
      void this.call(next.submissions).finally(() => {
        this.running--;
        this.drain();
      });
    }
  }

  private async call(submissions: readonly Submission[]): Promise<void> {
    const { predictionUrls, httpTimeoutMs } = this.settings;
    const url = predictionUrls[Math.floor(this.random() * predictionUrls.length)] as string;
    try {
      const requests = submissions.flatMap(({ rows }) => rows);
      const predictions = predictionsOf(await postJson(`${url}/predict/bulk/strict`, { requests }, httpTimeoutMs, 200));
      if (predictions.length !== requests.length)
        throw new Error(`${url} answered ${predictions.length} of ${requests.length} predictions`);
      let at = 0;
      for (const { rows, take } of submissions) {
        take(predictions.slice(at, at + rows.length));
        at += rows.length;
      }
    } catch (error) {
      for (const { fail } of submissions) fail(error as Error);
    }
  }
}
