import { ApiObject, JsonPatch } from 'cdk8s';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { ModelSource } from '../../lib/values/model-source';
import { type Any, chartOf, objectsOf, pair, serving, templatesOf, wide } from './synth';

const POOL = 'llm-d.ai/guide';
const kinds = ({ objects }: { objects: Any[] }) => objects.map(({ kind }) => kind).sort();

describe('ModelServing', () => {
  test('is a Deployment and an account', () => {
    const result = serving();
    expect(kinds(result)).toEqual(['Deployment', 'ServiceAccount']);
    expect(result.workload.metadata.name).toBe('m-decode');
    expect(result.workload.spec.replicas).toBe(1);
    expect(result.engine.image).toBe('vllm/vllm-openai:v0.23.0');
    expect(result.sidecar).toBeUndefined();
    expect(result.servers.workloads).toEqual([result.servers.workload]);
  });

  test('is planned as data', () => {
    const { plan } = serving({ replicas: 3 }, chartOf({ namespace: 'llm' })).servers;
    expect(plan.path).toBe('Chart/m');
    expect(plan.topology).toBe('aggregated');
    expect(plan.namespace).toBe('llm');
    expect(plan.poolLabels).toEqual({ [POOL]: 'm' });
    expect(plan.targetPorts).toEqual([8000]);
    expect(plan.engineType).toBe('vllm');
    expect(plan.terminationGraceSeconds).toBe(30);
    expect(plan.roles.map(({ role, replicas }) => [role, replicas])).toEqual([['decode', 3]]);
  });

  test('may have no replicas', () => {
    expect(serving({ replicas: 0 }).workload.spec.replicas).toBe(0);
  });

  test('waits longer for a rollout than for a start', () => {
    const { workload, engine } = serving();
    const { periodSeconds, failureThreshold } = engine.startupProbe;
    expect(workload.spec.progressDeadlineSeconds).toBeGreaterThan(periodSeconds * failureThreshold);
  });

  test('is a LeaderWorkerSet when a replica spans nodes, whose workers no pool finds', () => {
    const { workload, servers } = serving({ parallelism: { tensor: 8, pipeline: 3 }, replicas: 2 });
    expect(workload.kind).toBe('LeaderWorkerSet');
    expect(workload.spec.replicas).toBe(2);
    expect(workload.spec.startupPolicy).toBe('LeaderCreated');
    const { size, restartPolicy, leaderTemplate, workerTemplate } = workload.spec.leaderWorkerTemplate;
    expect(size).toBe(3);
    expect(restartPolicy).toBe('RecreateGroupOnPodRestart');
    expect(leaderTemplate.metadata.labels[POOL]).toBe('m');
    expect(workerTemplate.metadata.labels).not.toHaveProperty([POOL]);
    expect(workerTemplate.metadata.labels['llm-d.ai/role']).toBe('decode');
    const [leader, worker] = [leaderTemplate, workerTemplate].map(({ spec }) => spec.containers[0]);
    expect(leader.readinessProbe).toBeDefined();
    expect([worker.startupProbe, worker.livenessProbe, worker.readinessProbe]).toEqual([undefined, undefined, undefined]);
    expect(worker.args).toEqual(leader.args);
    expect(servers.plan.targetPorts).toEqual([8000]);
  });

  test('lets all pods of data-parallel nodes serve', () => {
    const { leaderTemplate, workerTemplate } = serving({ parallelism: { data: 16 } }).workload.spec.leaderWorkerTemplate;
    expect(leaderTemplate).toBeUndefined();
    expect(workerTemplate.metadata.labels[POOL]).toBe('m');
    expect(workerTemplate.spec.containers[0].readinessProbe).toBeDefined();
  });

  test('puts a group on one TPU slice', () => {
    const { workload, pod, engine } = serving({ accelerator: Accelerator.tpu('v6e', '4x4') });
    expect(workload.spec.leaderWorkerTemplate.size).toBe(4);
    expect(engine.resources.limits['google.com/tpu']).toBe('4');
    expect(pod.nodeSelector['cloud.google.com/gke-tpu-topology']).toBe('4x4');
    expect(workload.metadata.annotations).toEqual({ 'leaderworkerset.sigs.k8s.io/exclusive-topology': 'cloud.google.com/gke-nodepool' });
    expect(serving({ parallelism: { tensor: 8, pipeline: 2 } }).workload.metadata.annotations).toBeUndefined();
    expect(serving({ accelerator: Accelerator.TPU_V6E }).workload.kind).toBe('Deployment');
  });

  test('is a LeaderWorkerSet of one pod when asked for', () => {
    expect(serving({ workload: 'LeaderWorkerSet' }).workload.spec.leaderWorkerTemplate.size).toBe(1);
  });
});

describe('PrefillDecodePair', () => {
  test('is two Deployments and an account', () => {
    const result = pair({ prefill: { replicas: 8 }, decode: { replicas: 2, parallelism: { tensor: 4 } } });
    expect(kinds(result)).toEqual(['Deployment', 'Deployment', 'ServiceAccount']);
    expect(result.prefill.workload.metadata.name).toBe('m-prefill');
    expect(result.decode.workload.metadata.name).toBe('m-decode');
    expect([result.prefill, result.decode].map(({ workload }) => workload.spec.replicas)).toEqual([8, 2]);
    expect([result.prefill, result.decode].map(({ engine }) => engine.resources.limits['nvidia.com/gpu'])).toEqual(['1', '4']);
    expect(result.servers.plan.topology).toBe('prefill-decode');
    expect(result.servers.workloads).toEqual([result.servers.prefill.workload, result.servers.decode.workload]);
  });

  test('may have an accelerator and an engine for each role', () => {
    const { prefill, decode } = pair({
      prefill: { accelerator: Accelerator.NVIDIA_L40S, engine: Engine.vllm({ maxNumSeqs: 4 }) },
      decode: { accelerator: Accelerator.AMD_MI300X },
    });
    expect(prefill.engine.args).toContain('--max-num-seqs=4');
    expect(decode.engine.args).not.toContain('--max-num-seqs=4');
    expect(prefill.engine.resources.limits).toHaveProperty(['nvidia.com/gpu']);
    expect(decode.engine.resources.limits).toHaveProperty(['amd.com/gpu']);
    expect(decode.engine.image).toContain('rocm');
    expect(decode.template.metadata.labels['llm-d.ai/accelerator-vendor']).toBe('amd');
  });

  test('of SGLang tells the router so', () => {
    const { servers, prefill, decode } = pair({ engine: Engine.sglang() });
    expect(servers.plan.engineType).toBe('sglang');
    for (const { template } of [prefill, decode]) {
      expect(template.metadata.labels['llm-d.ai/engine-type']).toBe('sglang');
    }
    expect(pair().decode.template.metadata.labels).not.toHaveProperty(['llm-d.ai/engine-type']);
  });
});

describe('WideEPGroup', () => {
  test('is two LeaderWorkerSets, each rank an endpoint', () => {
    const { servers, prefill, decode } = wide();
    expect([prefill, decode].map(({ workload }) => workload.kind)).toEqual(['LeaderWorkerSet', 'LeaderWorkerSet']);
    expect(decode.workload.spec.leaderWorkerTemplate.size).toBe(2);
    expect(decode.workload.spec.leaderWorkerTemplate.workerTemplate.metadata.labels[POOL]).toBe('m');
    expect(servers.plan.targetPorts).toEqual([8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007]);
    expect(servers.plan.topology).toBe('wide-ep');
    expect(decode.engine.image).toBe('ghcr.io/llm-d/llm-d-cuda:v0.8.0');
  });

  test('may be one kind of group', () => {
    const { servers, decode: _, ...result } = wide({ prefill: undefined, decode: undefined, parallelism: { data: 8 }, replicas: 2 } as Any);
    expect(servers.prefill).toBeUndefined();
    expect(servers.workloads).toHaveLength(1);
    expect(result.all('LeaderWorkerSet')).toHaveLength(1);
    const group = result.one('LeaderWorkerSet').spec;
    expect(group.replicas).toBe(2);
    expect(group.leaderWorkerTemplate.size).toBe(1);
    expect(group.leaderWorkerTemplate.workerTemplate.spec.initContainers).toBeUndefined();
  });

  test('turns expert parallelism on by itself', () => {
    expect(wide().servers.plan.roles.map(({ layout }) => layout.expert)).toEqual([true, true]);
  });

  test('takes four ranks a tray of GB200, with an image of its own', () => {
    const { decode } = wide({ accelerator: Accelerator.NVIDIA_GB200 });
    expect(decode.workload.spec.leaderWorkerTemplate.size).toBe(4);
    expect(decode.engine.image).toContain('gb200');
  });
});

describe('names and places', () => {
  test('follow the id or `name`', () => {
    expect(serving({ name: 'qwen' }).workload.metadata.name).toBe('qwen-decode');
    expect(serving({ name: 'qwen' }).one('ServiceAccount').metadata.name).toBe('qwen');
    expect(serving({ name: 'qwen' }).servers.plan.poolLabels).toEqual({ [POOL]: 'qwen' });
  });

  test('a namespace is that of the server, else that of the chart, else none', () => {
    const namespaces = ({ objects }: { objects: Any[] }) => [...new Set(objects.map(({ metadata }) => metadata.namespace))];
    expect(namespaces(serving())).toEqual([undefined]);
    expect(namespaces(serving({}, chartOf({ namespace: 'chart' })))).toEqual(['chart']);
    expect(namespaces(pair({ namespace: 'own' }, chartOf({ namespace: 'chart' })))).toEqual(['own']);
    expect(serving({ namespace: 'own' }, chartOf({ namespace: 'chart' })).servers.plan.namespace).toBe('own');
  });

  test('the account is applied before the workloads, and may be an existing one', () => {
    const { objects, servers } = pair();
    expect(objects[0].kind).toBe('ServiceAccount');
    expect(objects[0].automountServiceAccountToken).toBe(false);
    expect(servers.serviceAccount).toBeDefined();
    const named = pair({ serviceAccountName: 'existing' });
    expect(named.all('ServiceAccount')).toEqual([]);
    expect(named.servers.serviceAccount).toBeUndefined();
    expect([named.prefill, named.decode].map(({ pod }) => pod.serviceAccountName)).toEqual(['existing', 'existing']);
  });

  test('what a workload needs is among its dependencies, in whatever order it was made', () => {
    const { servers } = pair({ accelerator: Accelerator.NVIDIA_H100.viaDra() });
    for (const { workload, claimTemplate } of [servers.prefill, servers.decode]) {
      expect(workload.node.dependencies).toContain(claimTemplate);
      expect(workload.node.dependencies).toContain(servers.serviceAccount);
    }
  });

  test('two servers in one chart share no name and no selector', () => {
    const chart = chartOf();
    serving({}, chart, 'a');
    serving({}, chart, 'b');
    const { all } = objectsOf(chart);
    const selectors = all('Deployment').map(({ spec }) => JSON.stringify(spec.selector));
    expect(new Set(selectors).size).toBe(2);
  });
});

describe('labels', () => {
  const LABELS = { team: 'search', 'example.com/tier': 'gold' };

  test('of the user are on objects and pods, not in selectors', () => {
    const { objects, prefill, decode } = pair({ labels: LABELS });
    for (const object of objects) {
      expect(object.metadata.labels).toMatchObject(LABELS);
    }
    for (const { workload, template } of [prefill, decode]) {
      expect(template.metadata.labels).toMatchObject(LABELS);
      expect(JSON.stringify(workload.spec.selector)).not.toContain('team');
    }
  });

  test.each([
    ['aggregated', () => serving()],
    ['split', () => pair()],
  ])('of a pod hold the selector of its workload (%s)', (_, build) => {
    for (const { spec } of build().all('Deployment')) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(Object.keys(spec.selector.matchLabels)).toEqual([POOL, 'llm-d.ai/role']);
    }
  });

  test('tell model, role and device', () => {
    const labels = (result: { template: Any }) => result.template.metadata.labels;
    expect(labels(serving())).toMatchObject({
      'llm-d.ai/model': 'model-7b',
      'llm-d.ai/role': 'decode',
      'llm-d.ai/accelerator-vendor': 'nvidia',
      'llm-d.ai/accelerator-variant': 'gpu',
    });
    expect(labels(pair().prefill)['llm-d.ai/role']).toBe('prefill');
    expect(labels(serving({ model: ModelSource.pvc('w', 'a/b') }))['llm-d.ai/model']).toBe('b');
    const simulated = labels(serving({ accelerator: Accelerator.SIMULATOR }));
    expect(simulated).not.toHaveProperty(['llm-d.ai/accelerator-vendor']);
    expect(simulated['llm-d.ai/accelerator-variant']).toBe('none');
  });
});

test('everything that is emitted can be patched, and nothing of a patch is lost', () => {
  const chart = chartOf();
  const { servers } = pair({ accelerator: Accelerator.NVIDIA_H100.viaDra() }, chart);
  servers.decode.addJsonPatch(JsonPatch.add('/spec/template/spec/unknownField', { nested: ['x'] }));
  serving({}, chart, 'one').servers.addJsonPatch(JsonPatch.add('/metadata/annotations', { a: 'b' }));
  const { one } = objectsOf(chart);
  expect(one('Deployment', 'm-decode').spec.template.spec.unknownField).toEqual({ nested: ['x'] });
  expect(one('Deployment', 'one-decode').metadata.annotations).toEqual({ a: 'b' });
  expect(servers.decode.claimTemplate).toBeInstanceOf(ApiObject);
  expect(servers.node.findAll().filter((child) => ApiObject.isApiObject(child))).toHaveLength(5);
});

test('all templates of a workload have the same account and no token', () => {
  for (const workload of [serving({ parallelism: { tensor: 8, pipeline: 2 } }).workload, pair().decode.workload, wide().decode.workload]) {
    for (const { spec } of templatesOf(workload)) {
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.serviceAccountName).toBe('m');
    }
  }
});
