import { type App, Testing } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import { ModelServing } from '../../lib/servers/model-serving';
import { PrefillDecodePair } from '../../lib/servers/prefill-decode-pair';
import { ServingChart } from '../../lib/serving-chart';
import { contributionOf } from '../../lib/validation/contribution';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelCache } from '../../lib/values/model-cache';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';

const model = ModelSource.huggingFace('Qwen/Qwen3-32B');
const accelerator = Accelerator.NVIDIA_H100;
const chartOn = (cluster: Cluster) => new ServingChart(Testing.app() as App, 'c', { namespace: 'llm', cluster });
const found = (servers: ModelServing | PrefillDecodePair) =>
  (contributionOf(servers)?.findings?.() ?? []).map(({ code, path, message }) => ({ code, path, message }));

const pairOn = (cluster: Cluster, network: Network) =>
  new PrefillDecodePair(chartOn(cluster), 'pair', { model, accelerator, network, prefill: {}, decode: {} });

test('RDMA on OpenShift needs constraints that grant pinned memory, for each role', () => {
  const findings = found(pairOn(Cluster.openShift(), Network.infiniBand()));
  expect(findings.map(({ code, path }) => [code, path])).toEqual([
    ['LLMD809', 'c/pair/Prefill'],
    ['LLMD809', 'c/pair/Decode'],
  ]);
  expect(findings[0]?.message).toContain('"pair-prefill" ask for the capabilities IPC_LOCK');
});

test('declared constraints, another cluster or no RDMA are no finding', () => {
  expect(found(pairOn(Cluster.openShift({ securityContextConstraints: 'rdma' }), Network.infiniBand()))).toEqual([]);
  expect(found(pairOn(Cluster.generic(), Network.infiniBand({ resourceName: 'rdma/ib' })))).toEqual([]);
  expect(found(pairOn(Cluster.openShift(), Network.tcp()))).toEqual([]);
});

test('a directory of the node is refused there too', () => {
  const cached = ModelSource.huggingFace('Qwen/Qwen3-32B', { cache: ModelCache.hostPath('/mnt/models') });
  const serving = new ModelServing(chartOn(Cluster.openShift()), 'qwen3', { model: cached, accelerator, parallelism: { tensor: 2 } });
  expect(found(serving).map(({ message }) => message)[0]).toContain('the directory /mnt/models of the node');
});

test('a TPU slice of several hosts is told to be unproven, one of a single host is not', () => {
  const on = (topology: string) =>
    new ModelServing(chartOn(Cluster.gke()), 'qwen3', { model, accelerator: Accelerator.tpu('v6e', topology) });
  expect(found(on('4x4')).map(({ code, message }) => [code, message.slice(0, 60)])).toEqual([
    ['LLMD231', expect.stringContaining('spans 4 hosts')],
  ]);
  expect(found(on('2x4'))).toEqual([]);
});

test('a transfer between two versions of the engine is told, one between two kinds of a device is not', () => {
  const pair = (prefill: Accelerator, engine?: Engine) =>
    new PrefillDecodePair(chartOn(Cluster.generic()), 'pair', {
      model,
      accelerator,
      network: Network.tcp(),
      prefill: { accelerator: prefill, ...(engine === undefined ? {} : { engine }) },
      decode: { engine: Engine.vllm({ image: 'example.com/vllm:v0.23.0' }) },
    });
  const older = Engine.vllm({ image: 'example.com/vllm-rocm:v0.22.1-rocm7' });
  expect(found(pair(Accelerator.AMD_MI300X, older))).toEqual([
    { code: 'LLMD415', path: 'c/pair/Prefill', message: expect.stringContaining('decode example.com/vllm:v0.23.0: both sides') },
  ]);
  const same = Engine.vllm({ image: 'example.com/vllm-rocm:0.23.0-rocm7' });
  expect(found(pair(Accelerator.AMD_MI300X, same))).toEqual([]);
  expect(found(pair(Accelerator.NVIDIA_L40S, Engine.vllm({ image: 'example.com:5000/vllm' })))).toEqual([]);
});

test('an image for other processors is told, unless it was chosen', () => {
  const over = (network: Network, engine?: Engine) =>
    new ModelServing(chartOn(Cluster.eks()), 'qwen3', {
      model,
      accelerator: Accelerator.NVIDIA_GB200,
      network,
      ...(engine ? { engine } : {}),
    });
  expect(found(over(Network.efa())).map(({ code, message }) => [code, message])).toEqual([
    ['LLMD716', expect.stringContaining('published for amd64, nodes with NVIDIA_GB200 are arm64')],
  ]);
  expect(found(over(Network.efa(), Engine.vllm({ image: 'registry.example.com/vllm-arm:1' })))).toEqual([]);
  expect(found(over(Network.tcp()))).toEqual([]);
});
