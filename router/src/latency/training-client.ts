import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import { postJson } from './post-json';
import { namedFeatures } from './prediction-client';
import type { LatencySample } from './predictor';
import type { PredictionServerSettings } from './server-settings';

/** Sends samples to the training server from time to time. Keeps a fair choice of at most `maxSampleSize` until then. */
export class TrainingClient {
  private samples: object[] = [];
  private seen = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly settings: PredictionServerSettings,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly log: Log,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.flush(), this.settings.flushIntervalMs);
    this.timer.unref();
  }

  add({ row, podType, ttftMs, tpotMs }: LatencySample): void {
    const timestamp = new Date(this.clock.wallTime()).toISOString();
    const entry = { ...namedFeatures(row, 0, podType), actual_ttft_ms: ttftMs, actual_tpot_ms: tpotMs, timestamp };
    this.seen++;
    if (this.samples.length < this.settings.maxSampleSize) {
      this.samples.push(entry);
      return;
    }
    // Reservoir sampling: each sample since the last flush is kept with the same probability.
    const at = Math.floor(this.random() * this.seen);
    if (at < this.samples.length) this.samples[at] = entry;
  }

  /** Sends what was gathered. Samples that can not be sent are lost. */
  flush(): Promise<void> {
    this.flushing ??= this.send().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /** Sends the rest. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush();
  }

  private async send(): Promise<void> {
    const { trainingUrl, httpTimeoutMs } = this.settings;
    if (this.samples.length === 0) return;
    const entries = this.samples;
    this.samples = [];
    this.seen = 0;
    try {
      await postJson(`${trainingUrl}/add_training_data_bulk`, { entries }, httpTimeoutMs, 202);
    } catch (error) {
      this.log.warn(
        { error: (error as Error).message, samples: entries.length },
        'latency samples could not be sent to the training server',
      );
    }
  }
}
