import type { PluginContext, PluginTable } from '../plugin/context';
import { LatencyScorer } from './latency-scorer';
import { LatencySloAdmitter } from './latency-slo-admitter';
import { OnlinePredictor } from './online-predictor';
import { PredictedLatencyProducer } from './predicted-latency-producer';
import type { LatencyPredictor } from './predictor';
import { ServerPredictor } from './server-predictor';
import { predictionServerSettings } from './server-settings';
import { SloHeadroomTierFilter } from './slo-headroom-tier-filter';

/** The prediction server when the environment names one, else the model inside the router. */
function predictorFor(context: PluginContext): LatencyPredictor {
  const settings = predictionServerSettings(context.env, context.log);
  return settings === undefined ? new OnlinePredictor() : new ServerPredictor(settings, context);
}

/** Plugins of this folder by type. */
export const latencyPlugins: PluginTable = {
  'latency-scorer': (context) => new LatencyScorer(context),
  'latency-slo-admitter': (context) => new LatencySloAdmitter(context),
  'predicted-latency-producer': (context) => new PredictedLatencyProducer(context, predictorFor(context)),
  'slo-headroom-tier-filter': (context) => new SloHeadroomTierFilter(context),
};
