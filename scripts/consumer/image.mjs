// The router's image as an installed router package builds it, named by an installed library, and the command that builds it.
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import {
  Accelerator,
  ImageRegistry,
  InferenceGateway,
  ModelServing,
  ModelSource,
  RouterImage,
  RoutingStrategy,
  Scorer,
  ServingChart,
} from 'cdk8s-llm-d';

const plugins = ['night-shift.ts'];
const referenceOf = (image) => {
  const chart = new Chart(new App(), 'chart');
  ImageRegistry.applyTo(chart, 'registry.example.com/llm');
  return image.resolve(chart).reference;
};

// Both packages name the same image, whichever is asked.
const bundled = referenceOf(RouterImage.BUNDLED);
match(bundled, /^registry\.example\.com\/llm\/llm-d-epp:\d+\.\d+\.\d+-[0-9a-f]{12}$/);
equal(referenceOf(RouterImage.fromPackage()), bundled);
equal(referenceOf(RouterImage.fromPackage(join('node_modules', 'llm-d-epp'))), bundled);

// In another folder the tags are the same, with and without a plugin.
const plugged = referenceOf(RouterImage.fromPackage({ plugins }));
notEqual(plugged, bundled);
mkdirSync('elsewhere/deep', { recursive: true });
cpSync(realpathSync('node_modules/llm-d-epp'), 'elsewhere/deep/router', { recursive: true });
cpSync('night-shift.ts', 'elsewhere/night-shift.ts');
equal(referenceOf(RouterImage.fromPackage('elsewhere/deep/router', { plugins: ['elsewhere/night-shift.ts'] })), plugged);
equal(referenceOf(RouterImage.fromPackage('elsewhere/deep/router')), bundled);

// What is used is listed for the command.
const app = new App({ outdir: 'dist-image' });
for (const [id, image] of Object.entries({ bundled: RouterImage.BUNDLED, plugged: RouterImage.fromPackage({ plugins }) })) {
  const chart = new ServingChart(app, id, { namespace: id, imageRegistry: 'registry.example.com/llm' });
  const model = new ModelServing(chart, 'qwen', { model: ModelSource.huggingFace('Qwen/Qwen3-8B'), accelerator: Accelerator.NVIDIA_H100 });
  const routing = id === 'plugged' ? RoutingStrategy.loadAware().withScorer(Scorer.module('night-shift', 2)) : RoutingStrategy.loadAware();
  new InferenceGateway(chart, 'gateway').addModel(model, { routing, router: { image } });
}
app.synth();
const { images } = JSON.parse(readFileSync('dist-image/llm-d-images.json', 'utf8'));
deepEqual(
  images.map(({ reference }) => reference),
  [bundled, plugged].sort(),
);
deepEqual(images.find(({ reference }) => reference === plugged).plugins, ['../night-shift.ts']);
match(readFileSync('dist-image/plugged.k8s.yaml', 'utf8'), /type: module\s+name: night-shift\s+path: \/app\/plugins\/night-shift\.ts/);

// The command of the library is that of the router's package.
const run = (...args) => execFileSync('node_modules/cdk8s-llm-d/build/cli/main.js', args, { encoding: 'utf8' });
match(run('--version'), /^\d+\.\d+\.\d+\n$/);
match(run('image', '--help'), /build\|push\|inspect/);
