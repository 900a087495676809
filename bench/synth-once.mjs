// One process of bench/synth.mjs: synthesizes charts of N servings and prints a line of JSON. Arguments: N, `gateway` or `alone`.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { App } = require('cdk8s');
const { Accelerator, InferenceGateway, ModelServing, ModelSource, ServingChart } = require('../build/index.js');

const MIB = 2 ** 20;
const [count, mode] = [Number(process.argv[2]), process.argv[3]];

/** Builds a chart and writes it; returns the milliseconds. */
function synthesize(servings, outdir) {
  const start = process.hrtime.bigint();
  const app = new App({ outdir });
  const chart = new ServingChart(app, 'bench', { namespace: 'llm' });
  const gateway = mode === 'gateway' ? new InferenceGateway(chart, 'gateway') : undefined;
  for (let i = 0; i < servings; i++) {
    const serving = new ModelServing(chart, `model-${i}`, {
      model: ModelSource.huggingFace(`example/model-${i}`),
      accelerator: Accelerator.NVIDIA_H100,
      parallelism: { tensor: 2 },
      replicas: 4,
    });
    gateway?.addModel(serving);
  }
  app.synth();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function objectsIn(folder) {
  const yaml = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return yaml.join('\n').match(/^kind: /gm)?.length ?? 0;
}

/** Middle of several synths after the compiler has seen 300 servings; small charts are repeated more often, for they are noisy. */
function warm(servings, folder) {
  for (let done = 0; done < 300; done += 100) {
    synthesize(100, folder);
  }
  const repeats = Math.min(51, Math.max(3, Math.round(500 / servings)));
  const times = Array.from({ length: repeats }, () => synthesize(servings, folder));
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)];
}

const folder = mkdtempSync(join(tmpdir(), 'bench-synth-'));
try {
  const beforeMib = process.memoryUsage.rss() / MIB;
  const firstMs = synthesize(count, folder);
  const peakMib = process.resourceUsage().maxRSS / 1024; // KiB since the start of the process
  const objects = objectsIn(folder);
  if (objects < count) {
    throw new Error(`${objects} objects came out for ${count} servings`);
  }
  console.log(JSON.stringify({ objects, beforeMib, firstMs, peakMib, warmMs: warm(count, folder) }));
} finally {
  rmSync(folder, { recursive: true });
}
