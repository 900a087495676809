import { Duration, Size } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import { Autoscaling } from '../../lib/operations/autoscaling';
import { PrefillDecodePair } from '../../lib/servers/prefill-decode-pair';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import { thrownBy } from '../support/errors';
import { MODEL } from './specs';
import { chartOf, pair, serving, wide } from './synth';

const CPU_USE = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } } as const;
const bad = (value: unknown) => value as never;
const simulator = { accelerator: Accelerator.SIMULATOR };

const CASES: readonly (readonly [string, string, () => unknown])[] = [
  ['LLMD104', '`replicas` is -1', () => serving({ replicas: -1 })],
  ['LLMD104', '`replicas` is NaN', () => serving({ replicas: Number.NaN })],
  ['LLMD104', '`replicas` is 1.5', () => serving({ replicas: 1.5 })],
  ['LLMD104', 'decode.replicas', () => pair({ decode: { replicas: 0.5 } })],
  ['LLMD412', 'prefill has 0 replicas', () => pair({ prefill: { replicas: 0 } })],
  ['LLMD401', '`decode` is given without `prefill`', () => pair({ prefill: bad(undefined) })],
  ['LLMD401', '`prefill` is given without `decode`', () => pair({ decode: bad(undefined) })],
  ['LLMD401', '`decode` is given without `prefill`', () => wide({ prefill: bad(undefined) })],
  ['LLMD105', '`model` is missing', () => serving({ model: bad(undefined) })],
  ['LLMD105', '`accelerator` is missing', () => serving({ accelerator: bad(undefined) })],
  ['LLMD105', '`parallelism.data` is missing', () => wide({ prefill: {} })],
  ['LLMD106', '`replicas` and `prefill`', () => wide({ replicas: 2 })],
  ['LLMD106', '`parallelism` and `prefill`', () => wide({ parallelism: { data: 8 } })],
  ['LLMD107', '`workload` is "Deployment"', () => serving({ workload: 'Deployment', parallelism: { data: 16 } })],
  ['LLMD107', '`decode.workload`', () => wide({ decode: { workload: 'Deployment', parallelism: { data: 8 } } })],
  ['LLMD107', 'resources.memoryLimit', () => serving({ resources: { memory: '2Gi', memoryLimit: '1Gi' } })],
  ['LLMD103', '"lots"', () => serving({ resources: { memory: 'lots' } })],
  ['LLMD104', 'sharedMemory', () => serving({ sharedMemory: Size.kibibytes(0) })],
  ['LLMD104', 'startupTimeout', () => serving({ startupTimeout: Duration.seconds(0) })],
  ['LLMD210', 'tensor parallelism of 16', () => serving({ parallelism: { tensor: 16 } })],
  ['LLMD215', '64 attention heads', () => serving({ model: ModelSource.huggingFace('Qwen/Qwen3-32B'), parallelism: { tensor: 3 } })],
  [
    'LLMD215',
    '6 key/value heads',
    () => serving({ model: bad({ plan: { ...MODEL.plan, facts: { attentionHeads: 48, kvHeads: 6 } } }), parallelism: { tensor: 4 } }),
  ],
  [
    'LLMD402',
    'prefill has tensor 2, decode 3',
    () => pair({ prefill: { parallelism: { tensor: 2 } }, decode: { parallelism: { tensor: 3 } } }),
  ],
  [
    'LLMD416',
    'prefill runs 8 ranks a pod, decode 4',
    () => wide({ prefill: { parallelism: { data: 16, dataLocal: 8 } }, decode: { parallelism: { data: 16, dataLocal: 4 } } }),
  ],
  ['LLMD403', 'the engine', () => pair({ prefill: { engine: Engine.sglang() } })],
  ['LLMD403', 'the precision of the KV cache', () => pair({ decode: { engine: Engine.vllm({ kvCacheDtype: 'fp8' }) } })],
  ['LLMD413', '16 data-parallel ranks', () => wide(sixteenRanks())],
  ['LLMD703', 'has no image for SIMULATOR', () => serving({ ...simulator, engine: Engine.vllm() })],
  ['LLMD703', 'has no image for TPU_V6E', () => serving({ accelerator: Accelerator.TPU_V6E, engine: Engine.sglang() })],
  ['LLMD703', 'flavour "rocm"', () => wide({ accelerator: Accelerator.AMD_MI300X })],
  ['LLMD715', 'span pods', () => serving({ ...simulator, parallelism: { tensor: 8, pipeline: 2 } })],
  ['LLMD715', 'run wide expert parallelism', () => wide(simulator)],
  ['LLMD715', 'a port for each data-parallel rank', () => wide({ engine: Engine.sglang() })],
  [
    'LLMD715',
    'cache events of 2 data-parallel ranks',
    () => serving({ kvCache: KvCache.of({ publishEvents: true }), parallelism: { data: 2 } }),
  ],
  [
    'LLMD106',
    'the autoscaler owns the number',
    () => pair({ decode: { replicas: 2, autoscaling: Autoscaling.hpa({ max: 3, metrics: [CPU_USE] }) } }),
  ],
  ['LLMD715', 'hand over its KV cache by nixl', () => pair({ accelerator: Accelerator.TPU_V6E })],
  ['LLMD301', 'llm-d.ai/guide', () => serving({ labels: { 'llm-d.ai/guide': 'x' } })],
  ['LLMD301', 'app.kubernetes.io/name', () => pair({ labels: { 'app.kubernetes.io/name': 'x' } })],
  ['LLMD102', 'x'.repeat(64), () => serving({ labels: { team: 'x'.repeat(64) } })],
  ['LLMD102', 'größe', () => serving({ labels: { team: 'größe' } })],
  ['LLMD102', 'a b', () => serving({ labels: { 'a b': 'x' } })],
  ['LLMD101', '"Qwen3"', () => serving({}, chartOf(), 'Qwen3')],
  ['LLMD101', '"模型"', () => serving({}, chartOf(), '模型')],
  ['LLMD101', '(37 characters)', () => pair({ name: 'x'.repeat(37) })],
  ['LLMD101', '"a.b"', () => serving({ name: 'a.b' })],
  ['LLMD701', 'flag --port', () => serving({ engine: Engine.vllm({ extraArgs: ['--port=1'] }) })],
  ['LLMD702', 'flag --seed', () => pair({ decode: { engine: Engine.vllm({ extraArgs: ['--seed=1', '--seed=2'] }) } })],
  ['LLMD802', 'efa', () => serving({ network: Network.efa() })],
  ['LLMD806', 'openshift', () => privilegedOnOpenShift()],
];

function sixteenRanks() {
  const role = { parallelism: { data: 16 } };
  const accelerator = Accelerator.custom({ name: 'BIG', vendor: 'nvidia', resourceName: 'x.com/gpu', perNode: 16, imageFlavour: 'cuda' });
  return { accelerator, prefill: role, decode: role };
}

function privilegedOnOpenShift() {
  const chart = chartOf();
  const rdma = { roce: () => ({ privileged: true }) };
  Cluster.custom({ name: 'openshift', gatewayDefault: 'istio', assignsUserIds: true, rdma }).applyTo(chart);
  return serving({ network: Network.roce() }, chart);
}

test.each(CASES)('%s: %s', (code, words, build) => {
  const error = thrownBy(build);
  expect(error.code).toBe(code);
  expect(error.detail).toContain(words);
  expect(error.path).toMatch(/^Chart\/./);
  expect(error.message).toBe(`${code} [${error.path}] ${error.detail}`);
});

test('an error while a role is written names the role', () => {
  const error = thrownBy(() => pair({ decode: { engine: Engine.vllm({ extraArgs: ['--port=1'] }) } }));
  expect(error.path).toBe('Chart/m/Decode');
});

test('a name as long as allowed leaves room for what the cluster adds', () => {
  const { servers, objects } = pair({ name: `x${'y'.repeat(35)}` });
  expect(servers.plan.name).toHaveLength(36);
  for (const { metadata } of objects) {
    expect(metadata.name.length).toBeLessThanOrEqual(45);
  }
});

test('heads may be fewer than ranks when ranks share them evenly', () => {
  const model = ModelSource.huggingFace('Qwen/Qwen3-30B-A3B');
  expect(serving({ model, parallelism: { tensor: 8 } }).engine.args).toContain('--tensor-parallel-size=8');
});

test('a caller without a compiler is told at the construct', () => {
  const build = () => new PrefillDecodePair(chartOf(), 'm', bad({ model: MODEL, accelerator: Accelerator.CPU, decode: {} }));
  expect(build).toThrow('LLMD401 [Chart/m] `decode` is given without `prefill`');
});
