import { Size } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import type { RouterPlan } from '../../lib/router/router-plan';
import type { ModelInput, SynthObject } from '../../lib/validation/model';
import { installedApis, kubernetesFeatures } from '../../lib/validation/rules/cluster';
import { downloads, startupBudget } from '../../lib/validation/rules/model-source';
import { quota } from '../../lib/validation/rules/quota';
import { approximateBlocks, mixedPrediction } from '../../lib/validation/rules/routing';
import { disruptionBudgets, scaling } from '../../lib/validation/rules/scaling';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelCache } from '../../lib/values/model-cache';
import { type HuggingFaceOptions, ModelSource } from '../../lib/values/model-source';
import {
  aggregated,
  container,
  deployment,
  ENGINE,
  found,
  group,
  object,
  objects,
  ours,
  POOL_LABELS,
  pair,
  role,
  sentences,
  serversPlan,
} from './fixtures';

const AT = 'app/qwen/decode';
const and = (input: ModelInput, ...more: readonly SynthObject[]): ModelInput => ({ ...input, objects: [...input.objects, ...more] });

describe('an autoscaler', () => {
  const hpa = (name: string, target: object, bounds: object = { minReplicas: 1, maxReplicas: 4 }, path = `app/${name}`) =>
    object('HorizontalPodAutoscaler', name, { scaleTargetRef: target, ...bounds }, { path });
  const decode = { kind: 'Deployment', name: 'qwen-decode' };
  const keda = (bounds: object, name = 'k') =>
    object('ScaledObject', name, { scaleTargetRef: { name: 'qwen-decode' }, ...bounds }, { path: `app/${name}` });

  test('has a target', () => {
    expect(found(scaling, and(aggregated(), hpa('a', decode)))).toEqual([]);
    const typo = { kind: 'Deployment', name: 'qwen' };
    expect(found(scaling, and(aggregated(), hpa('a', typo)))).toEqual(['LLMD650 app/a']);
    expect(sentences(scaling, and(aggregated(), hpa('a', typo)))).toEqual([expect.stringContaining('it has Deployment "qwen-decode"')]);
    expect(found(scaling, and(aggregated(), hpa('a', { kind: 'InferenceThing', name: 'x' })))).toEqual([]);
  });

  test('of the user may scale what another app deploys, ours not', () => {
    expect(found(scaling, objects(hpa('a', decode)))).toEqual([]);
    const lost = { objects: [hpa('a', decode, undefined, 'app/qwen/Scaler')], servers: [serversPlan([])] };
    expect(found(scaling, lost)).toEqual(['LLMD650 app/qwen/Scaler']);
  });

  test('owns the number of replicas', () => {
    const fixed = deployment('mine', { containers: [container()] }, { replicas: 2 });
    expect(found(scaling, ours(fixed, hpa('a', { kind: 'Deployment', name: 'mine' })))).toEqual(['LLMD651 app/mine/Deployment']);
    expect(found(scaling, objects(fixed, hpa('a', { kind: 'Deployment', name: 'mine' })))).toEqual([]);
    expect(found(scaling, ours(deployment('mine', {}), hpa('a', { kind: 'Deployment', name: 'mine' })))).toEqual([]);
  });

  test.each([
    [hpa('a', decode, { minReplicas: 5, maxReplicas: 4 }), ['LLMD652 app/a']],
    [hpa('a', decode, { minReplicas: 0, maxReplicas: 4 }), ['LLMD652 app/a']],
    [hpa('a', decode, {}), ['LLMD652 app/a']],
    [hpa('a', decode, { maxReplicas: 1 }), []],
    [keda({}), []],
    [keda({ minReplicaCount: 0, maxReplicaCount: 3 }), []],
    [keda({ minReplicaCount: 4, maxReplicaCount: 3 }), ['LLMD652 app/k']],
  ])('has bounds (%#)', (scaler, expected) => {
    expect(found(scaling, and(aggregated(), scaler))).toEqual(expected);
  });

  test('is the only one of its target', () => {
    expect(found(scaling, and(aggregated(), hpa('a', decode), keda({})))).toEqual(['LLMD653 app/k']);
    expect(sentences(scaling, and(aggregated(), hpa('a', decode), hpa('b', decode)))).toEqual([
      'Deployment "qwen-decode" is scaled by HorizontalPodAutoscaler "a" and by HorizontalPodAutoscaler "b": keep one',
    ]);
  });
});

describe('a disruption budget', () => {
  const budget = (name: string, limits: object, path = `app/${name}`) =>
    object('PodDisruptionBudget', name, { selector: { matchLabels: POOL_LABELS }, ...limits }, { path });
  const three = deployment('three', { containers: [container()] }, { podLabels: POOL_LABELS, replicas: 3 });

  test.each([
    [{ maxUnavailable: 1 }, 0],
    [{ maxUnavailable: '25%' }, 0],
    [{ maxUnavailable: 0 }, 1],
    [{ maxUnavailable: '0%' }, 1],
    [{ minAvailable: 2 }, 0],
    [{ minAvailable: 3 }, 1],
    [{ minAvailable: '100%' }, 1],
    [{ minAvailable: '50%' }, 0],
  ])('lets some pod go: %j', (limits, count) => {
    expect(found(disruptionBudgets, ours(three, budget('b', limits)))).toEqual(Array.from({ length: count }, () => 'LLMD654 app/b'));
  });

  test('counts the pods of groups, and leaves autoscaled ones alone', () => {
    const groupOf = group('g', 2, { containers: [container()] }, { podLabels: POOL_LABELS, replicas: 2 });
    expect(found(disruptionBudgets, ours(groupOf, budget('b', { minAvailable: 3 })))).toEqual([]);
    expect(found(disruptionBudgets, ours(groupOf, budget('b', { minAvailable: 4 })))).toEqual(['LLMD654 app/b']);
    expect(found(disruptionBudgets, and(aggregated(), budget('b', { minAvailable: 9 })))).toEqual([]);
  });

  test('covers pods, alone', () => {
    const limits = { maxUnavailable: 1 };
    expect(sentences(disruptionBudgets, ours(three, budget('a', limits), budget('b', limits)))).toEqual([
      expect.stringContaining('"b" and "a" both cover the pods of "three"'),
    ]);
    expect(found(disruptionBudgets, objects(budget('a', limits)))).toEqual([]);
    expect(found(disruptionBudgets, objects(three, budget('a', { maxUnavailable: 0 })))).toEqual([]);
    const empty = { objects: [budget('a', limits, 'app/qwen/Budget')], servers: [serversPlan([])] };
    expect(found(disruptionBudgets, empty)).toEqual(['LLMD654 app/qwen/Budget']);
  });
});

describe('a ResourceQuota', () => {
  const limit = (gpus: string, namespace = 'llm') =>
    object('ResourceQuota', 'gpus', { hard: { 'requests.nvidia.com/gpu': gpus, pods: '1' } }, { namespace });
  const roles = {
    layout: { tensor: 1, pipeline: 1, data: 1, dataLocal: 1, expert: false, podsPerReplica: 1, acceleratorsPerPod: 1 },
    maxReplicas: 4,
  };

  test('holds all workloads of its namespace at their largest', () => {
    expect(found(quota, and(aggregated(undefined, roles), limit('4')))).toEqual([]);
    expect(found(quota, and(aggregated(undefined, roles), limit('3', 'far')))).toEqual([]);
    expect(found(quota, and(aggregated(undefined, roles), limit('3')))).toEqual(['LLMD230 app/gpus/ResourceQuota']);
    expect(sentences(quota, and(aggregated(undefined, roles), limit('3')))).toEqual([
      'workloads of namespace "llm" may take 4 × nvidia.com/gpu, its ResourceQuota "gpus" allows 3: lower replicas, or raise the quota',
    ]);
  });

  test('counts each pod of a group, and workloads of the user', () => {
    const groupOf = group('g', 3, { containers: [ENGINE] }, { replicas: 2 });
    const leader = { spec: { containers: [container()] } };
    const worker = { spec: { containers: [ENGINE] } };
    const led = object('LeaderWorkerSet', 'l', {
      replicas: 2,
      leaderWorkerTemplate: { size: 3, leaderTemplate: leader, workerTemplate: worker },
    });
    expect(sentences(quota, objects(groupOf, limit('5')))[0]).toContain('may take 6 ×');
    expect(sentences(quota, objects(led, limit('1')))[0]).toContain('may take 4 ×');
    expect(sentences(quota, objects(deployment('mine', { containers: [ENGINE] }, { replicas: 2 }), limit('1')))[0]).toContain(
      'may take 2 ×',
    );
  });
});

describe('weights', () => {
  const of = (id: string, options: HuggingFaceOptions = {}, input = aggregated()): ModelInput => ({
    ...input,
    servers: (input.servers ?? []).map((plan) => ({ ...plan, model: ModelSource.huggingFace(id, options).plan })),
  });
  const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
  const token = aggregated((engine) => ({ ...engine, env: [...(engine.env ?? []), { name: 'HF_TOKEN', value: 'x' }] }));

  test('that are gated want a token', () => {
    expect(found(downloads, of('Qwen/Qwen3-32B'))).toEqual([]);
    expect(found(downloads, of(LLAMA))).toEqual(['LLMD711 app/qwen']);
    expect(found(downloads, of('org/private', { gated: true }))).toEqual(['LLMD711 app/qwen']);
    expect(found(downloads, of(LLAMA, { tokenSecret: 'hf' }))).toEqual([]);
    expect(found(downloads, of(LLAMA, {}, token))).toEqual([]);
    expect(found(downloads, of(LLAMA, {}, aggregated(undefined, { engine: Engine.simulator() })))).toEqual([]);
    const offline = aggregated((engine) => ({ ...engine, env: [{ name: 'HF_HUB_OFFLINE', value: '1' }] }));
    expect(found(downloads, of(LLAMA, {}, offline))).toEqual([]);
  });

  test('fit their cache', () => {
    const cache = (gib: number) => of('Qwen/Qwen3-32B', { cache: ModelCache.emptyDir(Size.gibibytes(gib)) });
    expect(found(downloads, cache(62))).toEqual([]);
    expect(sentences(downloads, cache(60))).toEqual([
      expect.stringContaining('the model cache holds 60 GiB, the weights of Qwen/Qwen3-32B take about 62 GiB'),
    ]);
    expect(found(downloads, cache(60))).toEqual(['LLMD227 app/qwen']);
  });

  test('load within the start-up budget', () => {
    const budget = (failureThreshold: number, id = 'Qwen/Qwen3-235B-A22B') =>
      of(
        id,
        {},
        aggregated((engine) => ({ ...engine, startupProbe: { periodSeconds: 10, failureThreshold } })),
      );
    expect(found(startupBudget, budget(200))).toEqual([]);
    expect(sentences(startupBudget, budget(100))).toEqual([
      expect.stringContaining('the start-up budget of 1000 s is less than the 1752 s'),
    ]);
    expect(found(startupBudget, budget(100))).toEqual([`LLMD712 ${AT}`]);
    expect(found(startupBudget, budget(1, 'org/unknown'))).toEqual([]);
    const { startupProbe: _, ...bare } = ENGINE;
    expect(
      found(
        startupBudget,
        of(
          'Qwen/Qwen3-32B',
          {},
          aggregated(() => bare),
        ),
      ),
    ).toEqual([]);
    expect(
      found(
        startupBudget,
        of(
          'Qwen/Qwen3-32B',
          {},
          aggregated(() => ({ ...bare, livenessProbe: {} })),
        ),
      ),
    ).toEqual([`LLMD712 ${AT}`]);
  });
});

describe('the configuration of a router', () => {
  const router = (changes: Partial<RouterPlan>): ModelInput => ({
    objects: [],
    routers: [{ path: 'app/router', facts: {}, ...changes } as unknown as RouterPlan],
  });
  const index = (parameters: object, engine: number | undefined) =>
    router({
      servers: serversPlan([], { kvBlockTokens: engine }),
      config: { plugins: [{ type: 'approx-prefix-cache-producer', parameters }] } as unknown as RouterPlan['config'],
    });

  test('indexes blocks that the engine has', () => {
    expect(found(approximateBlocks, index({ autoTune: false, blockSizeTokens: 128 }, 64))).toEqual([]);
    expect(found(approximateBlocks, index({ autoTune: false, blockSizeTokens: 96 }, 64))).toEqual(['LLMD519 app/router']);
    expect(found(approximateBlocks, index({ autoTune: true, blockSizeTokens: 96 }, 64))).toEqual([]);
    expect(found(approximateBlocks, index({ autoTune: false, blockSizeTokens: 96 }, undefined))).toEqual([]);
    expect(found(approximateBlocks, index({ autoTune: false }, 64))).toEqual([]);
    // The router raises 16 to 64.
    expect(found(approximateBlocks, index({ autoTune: false, blockSizeTokens: 16 }, 64))).toEqual([]);
  });

  test('predicts latencies of one kind of pod', () => {
    const facts = (needsLatencyPredictor: boolean) => ({ needsLatencyPredictor }) as RouterPlan['facts'];
    const servers = serversPlan([role({ role: 'prefill' }), role({ accelerator: Accelerator.NVIDIA_H200 })]);
    const same = serversPlan([role({ role: 'prefill' }), role()]);
    expect(found(mixedPrediction, router({ servers, facts: facts(true) }))).toEqual(['LLMD520 app/router']);
    expect(sentences(mixedPrediction, router({ servers, facts: facts(true) }))).toEqual([expect.stringContaining('differ in accelerator')]);
    expect(found(mixedPrediction, router({ servers, facts: facts(false) }))).toEqual([]);
    expect(found(mixedPrediction, router({ servers: same, facts: facts(true) }))).toEqual([]);
  });
});

describe('a cluster', () => {
  const on = (cluster: Cluster, input: ModelInput): ModelInput => ({
    ...input,
    objects: input.objects.map((one) => ({ ...one, cluster })),
  });
  const pooled = objects(object('InferencePool', 'p', {}, { apiVersion: 'inference.networking.k8s.io/v1' }));

  test('has the kinds that are written, where it was declared', () => {
    expect(found(installedApis, on(Cluster.generic(), pooled))).toEqual([]);
    expect(found(installedApis, pooled)).toEqual([]);
    expect(found(installedApis, on(Cluster.generic({ installed: ['inference-extension'] }), pooled))).toEqual([]);
    expect(found(installedApis, on(Cluster.generic({ installed: ['lws'] }), pooled))).toEqual(['LLMD807 app/p/InferencePool']);
  });

  test('has the features that are used', () => {
    const image = aggregated(undefined, {}, { volumes: [{ name: 'w', image: { reference: 'a:1' } }] });
    expect(found(kubernetesFeatures, on(Cluster.generic({ kubernetesVersion: '1.35' }), image))).toEqual([]);
    expect(found(kubernetesFeatures, on(Cluster.generic({ kubernetesVersion: '1.34' }), image))).toEqual(['LLMD808 app/qwen']);
    const claims = aggregated(undefined, {}, { resourceClaims: [{ name: 'a' }] });
    expect(found(kubernetesFeatures, on(Cluster.generic({ kubernetesVersion: '1.33' }), claims))).toEqual(['LLMD808 app/qwen']);
    expect(found(kubernetesFeatures, on(Cluster.generic({ kubernetesVersion: '1.29' }), pair()))).toEqual([]);
    expect(found(kubernetesFeatures, image)).toEqual([]);
  });
});
