import { FEATURES, type FeatureBatch, feature } from './features';
import { OnlineRegression } from './online-regression';
import type { LatencyPredictor, LatencySample } from './predictor';

/** Pod types that have models of their own; further ones share that of ''. */
const MAX_POD_TYPES = 16;
/** No engine answers faster, in milliseconds. */
const SHORTEST = 0.1;
/** Features are scaled to be of the order of 1. */
const TOKENS = 1e-3;
const REQUESTS = 0.1;

/** What the time to the first token grows with. */
const TTFT_TERMS = 9;

function ttftTerms(rows: Float64Array, at: number, terms: Float64Array): void {
  const input = (rows[at + feature.inputTokens] as number) * TOKENS;
  const uncached = input * (1 - (rows[at + feature.prefixScore] as number));
  terms[0] = 1;
  terms[1] = uncached;
  // Attention: each uncached token looks at the whole context.
  terms[2] = uncached * input;
  terms[3] = input;
  terms[4] = (rows[at + feature.waiting] as number) * REQUESTS;
  terms[5] = (rows[at + feature.running] as number) * REQUESTS;
  terms[6] = rows[at + feature.kvUsage] as number;
  terms[7] = (rows[at + feature.prefillTokens] as number) * TOKENS;
  terms[8] = Math.max(0, (rows[at + feature.encoderInput] as number) - (rows[at + feature.encoderMatched] as number)) * TOKENS;
}

/** What the time for each further token grows with. */
const TPOT_TERMS = 7;

function tpotTerms(rows: Float64Array, at: number, terms: Float64Array): void {
  terms[0] = 1;
  terms[1] = (rows[at + feature.running] as number) * REQUESTS;
  terms[2] = rows[at + feature.kvUsage] as number;
  terms[3] = (rows[at + feature.inputTokens] as number) * TOKENS;
  terms[4] = (rows[at + feature.waiting] as number) * REQUESTS;
  terms[5] = (rows[at + feature.prefillTokens] as number) * TOKENS;
  terms[6] = (rows[at + feature.decodeTokens] as number) * TOKENS;
}

interface Models {
  readonly ttft: OnlineRegression;
  readonly tpot: OnlineRegression;
}

/** The model inside the router: learns the mean latencies from this router's own requests, for each pod type apart. */
export class OnlinePredictor implements LatencyPredictor {
  private readonly models = new Map<string, Models>();
  private readonly ttftTerms = new Float64Array(TTFT_TERMS);
  private readonly tpotTerms = new Float64Array(TPOT_TERMS);

  predict({ rows, podTypes, size, ttftMs, tpotMs }: FeatureBatch): void {
    let podType = '';
    let models = this.modelsOf(podType);
    for (let i = 0; i < size; i++) {
      if (podTypes[i] !== podType) {
        podType = podTypes[i] as string;
        models = this.modelsOf(podType);
      }
      if (models?.ttft.ready) {
        ttftTerms(rows, i * FEATURES, this.ttftTerms);
        ttftMs[i] = Math.max(SHORTEST, models.ttft.predict(this.ttftTerms));
      }
      if (models?.tpot.ready) {
        tpotTerms(rows, i * FEATURES, this.tpotTerms);
        tpotMs[i] = Math.max(SHORTEST, models.tpot.predict(this.tpotTerms));
      }
    }
  }

  learn({ row, podType, ttftMs, tpotMs }: LatencySample): void {
    const models = this.modelsOf(podType) ?? this.addModels(podType);
    if (ttftMs > 0) {
      ttftTerms(row, 0, this.ttftTerms);
      models.ttft.learn(this.ttftTerms, ttftMs);
    }
    if (tpotMs > 0) {
      tpotTerms(row, 0, this.tpotTerms);
      models.tpot.learn(this.tpotTerms, tpotMs);
    }
  }

  private modelsOf(podType: string): Models | undefined {
    const own = this.models.get(podType);
    return own === undefined && this.models.size >= MAX_POD_TYPES ? this.models.get('') : own;
  }

  private addModels(podType: string): Models {
    const models = { ttft: new OnlineRegression(TTFT_TERMS), tpot: new OnlineRegression(TPOT_TERMS) };
    this.models.set(this.models.size < MAX_POD_TYPES ? podType : '', models);
    return models;
  }
}
