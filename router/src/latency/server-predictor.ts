import type { PluginContext } from '../plugin/context';
import type { FeatureBatch } from './features';
import { PredictionClient } from './prediction-client';
import type { LatencyPredictor, LatencySample } from './predictor';
import type { PredictionServerSettings } from './server-settings';
import { TrainingClient } from './training-client';

/** Predicts and learns by a latency prediction server beside the router. */
export class ServerPredictor implements LatencyPredictor {
  private readonly predictions: PredictionClient;
  private readonly training: TrainingClient;

  constructor(settings: PredictionServerSettings, { clock, random, log }: Pick<PluginContext, 'clock' | 'random' | 'log'>) {
    this.predictions = new PredictionClient(settings, random);
    this.training = new TrainingClient(settings, clock, random, log);
  }

  predict(batch: FeatureBatch): Promise<void> {
    return this.predictions.predict(batch);
  }

  learn(sample: LatencySample): void {
    this.training.add(sample);
  }

  start(): void {
    this.training.start();
  }

  async stop(): Promise<void> {
    this.predictions.stop();
    await this.training.stop();
  }
}
