import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import { InferenceGateway } from '../../lib/gateway/inference-gateway';
import { ModelServing } from '../../lib/servers/model-serving';
import { PrefillDecodePair } from '../../lib/servers/prefill-decode-pair';
import { failing } from '../../lib/testing/failing';
import { acknowledge } from '../../lib/validation/findings';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';

const model = ModelSource.huggingFace('Qwen/Qwen3-32B');
const accelerator = Accelerator.NVIDIA_H100;

let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    warnings.push(String(text));
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

function appOf(id: string) {
  const app = new App();
  const chart = new Chart(app, id, { namespace: 'llm' });
  const failures = () => failing(app).map(({ code, path }) => `${code} ${path}`);
  return { app, chart, failures };
}

test('what a patch breaks is told at the object that it broke', () => {
  const { chart, failures } = appOf('patched');
  const serving = new ModelServing(chart, 'qwen', { model, accelerator, parallelism: { tensor: 2 } });
  new InferenceGateway(chart, 'gateway').addModel(serving);
  expect(failures()).toEqual([]);
  serving.addJsonPatch(JsonPatch.remove('/spec/template/spec/volumes/0'));
  serving.addJsonPatch(JsonPatch.replace('/spec/template/spec/containers/0/resources/limits/nvidia.com~1gpu', '4'));
  expect(failures()).toEqual([
    `LLMD224 ${serving.workload.node.path}`,
    `LLMD228 ${serving.workload.node.path}`,
    `LLMD229 ${serving.workload.node.path}`,
  ]);
});

test('prefill, decode and sidecar that a patch sets at odds are told together', () => {
  const { chart, failures } = appOf('pair');
  const pair = new PrefillDecodePair(chart, 'qwen', { model, accelerator, network: Network.tcp(), prefill: {}, decode: {} });
  new InferenceGateway(chart, 'gateway').addModel(pair);
  expect(failures()).toEqual([]);
  pair.decode.addJsonPatch(JsonPatch.replace('/spec/template/spec/initContainers/0/args', ['--port=8000', '--kv-connector=nixlv2']));
  pair.decode.addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/args/-', '--block-size=128'));
  expect(failures()).toEqual([`LLMD403 ${pair.node.path}`, `LLMD408 ${pair.decode.workload.node.path}`]);
});

test("a Deployment of the user that carries a pool's labels is told at the pool", () => {
  const { chart, failures } = appOf('stranger');
  const serving = new ModelServing(chart, 'qwen', { model, accelerator });
  const { pool } = new InferenceGateway(chart, 'gateway').addModel(serving);
  const labels = { ...serving.plan.poolLabels, app: 'mine' };
  new ApiObject(chart, 'mine', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'mine' },
    spec: {
      selector: { matchLabels: { app: 'mine' } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    },
  });
  expect(failures()).toEqual([`LLMD303 ${pool?.node.path}`]);
});

test('two servers of one name collide across charts', () => {
  const { app, chart, failures } = appOf('first');
  const second = new Chart(app, 'second', { namespace: 'llm' });
  for (const scope of [chart, second]) {
    acknowledge(new ModelServing(scope, 'qwen', { model, accelerator }), 'LLMD314', 'reached by its pods');
  }
  const codes = new Set(failures().map((line) => line.split(' ')[0]));
  expect([...codes].sort()).toEqual(['LLMD306', 'LLMD313']);
});

test('servers without a route are a warning, until it is acknowledged', () => {
  const { chart, failures } = appOf('alone');
  const serving = new ModelServing(chart, 'qwen', { model, accelerator });
  acknowledge(serving, 'LLMD314', 'reached by its pods');
  expect(failures()).toEqual([]);
  expect(warnings).toEqual([]);
  new ModelServing(chart, 'other', { model, accelerator });
  failures();
  expect(warnings).toEqual([expect.stringContaining('warning [alone/other] LLMD314 no gateway routes to "other"')]);
});

test('a cluster without the kinds that are written fails the synth', () => {
  const { chart, failures } = appOf('bare');
  Cluster.generic({ installed: [] }).applyTo(chart);
  const serving = new ModelServing(chart, 'qwen', { model, accelerator });
  const { pool } = new InferenceGateway(chart, 'gateway').addModel(serving);
  expect(failures()).toEqual([`LLMD807 ${pool?.node.path}`]);
});
