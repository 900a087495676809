import { Size } from 'cdk8s';
import { Cluster } from '../../lib/cluster/cluster';
import type { ContainerPort } from '../../lib/manifests/pod';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { ModelCache } from '../../lib/values/model-cache';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import { type Any, chartOf, type Pod, pair, serving, wide } from './synth';

const H100 = Accelerator.NVIDIA_H100;
const EVENTS = KvCache.of({ publishEvents: true });

function clusterChart(cluster: Cluster) {
  const chart = chartOf();
  cluster.applyTo(chart);
  return chart;
}

const PODS: readonly (readonly [string, () => Pod])[] = [
  ['aggregated', () => serving({ kvCache: EVENTS })],
  ['prefill', () => pair({ kvCache: EVENTS }).prefill],
  ['decode', () => pair({ kvCache: EVENTS }).decode],
  ['Mooncake prefill', () => pair({ transfer: KvTransfer.mooncake() }).prefill],
  ['SGLang prefill', () => pair({ engine: Engine.sglang() }).prefill],
  ['SGLang decode', () => pair({ engine: Engine.sglang() }).decode],
  ['wide prefill', () => wide({ kvCache: EVENTS }).prefill],
  ['wide decode', () => wide({ kvCache: EVENTS }).decode],
  ['wide decode of GKE', () => wide({ network: Network.roce() }, clusterChart(Cluster.gke())).decode],
  ['processor', () => serving({ accelerator: Accelerator.CPU })],
  ['simulator', () => serving({ accelerator: Accelerator.SIMULATOR })],
  ['claims', () => serving({ accelerator: H100.viaDra() })],
  ['mounted weights', () => serving({ model: ModelSource.pvc('w', 'a/b') })],
];

describe.each(PODS)('the pod of %s', (_, build) => {
  const containersOf = ({ pod }: Pod): Any[] => [...pod.containers, ...(pod.initContainers ?? [])];

  test('names each port once, in at most 15 characters, and uses none twice', () => {
    const ports = containersOf(build()).flatMap(({ ports: own }) => own as ContainerPort[]);
    const names = ports.map(({ name }) => name as string);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name))).toEqual([]);
    expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
  });

  test('is probed on ports that its engine has', () => {
    const { engine } = build();
    const known = (engine.ports as ContainerPort[]).flatMap(({ name, containerPort }) => [name, containerPort]);
    for (const probe of [engine.startupProbe, engine.livenessProbe, engine.readinessProbe]) {
      expect(known).toContain(probe.httpGet.port);
    }
  });

  test('mounts the volumes that it has, all of them, each at one path', () => {
    const { pod, engine } = build();
    const mounts: Any[] = engine.volumeMounts ?? [];
    expect([...new Set(mounts.map(({ name }) => name))].sort()).toEqual((pod.volumes ?? []).map(({ name }: Any) => name).sort());
    expect(new Set(mounts.map(({ mountPath }) => mountPath)).size).toBe(mounts.length);
  });

  test('has room for its memory volumes, all of which are bounded', () => {
    const { pod, engine } = build();
    const memory: Any[] = (pod.volumes ?? []).filter(({ emptyDir }: Any) => emptyDir?.medium === 'Memory');
    const gib = memory.map(({ emptyDir }) => Number(/^(\d+)Gi$/.exec(emptyDir.sizeLimit)?.[1]));
    const limit = Number(/^(\d+)Gi$/.exec(engine.resources.limits.memory)?.[1]);
    expect(limit).toBeGreaterThan(gib.reduce((sum, each) => sum + each, 0));
  });

  test('requests as many extended resources as it is limited to', () => {
    const { requests, limits } = build().engine.resources;
    const extended = (of: Record<string, string>) => Object.entries(of).filter(([name]) => name.includes('/'));
    expect(extended(requests)).toEqual(extended(limits));
  });

  test('never escalates, drops all capabilities and has a seccomp profile, unless it is privileged', () => {
    const built = build();
    for (const { securityContext } of containersOf(built)) {
      if (securityContext.privileged !== true) {
        expect(securityContext.allowPrivilegeEscalation).toBe(false);
        expect(securityContext.capabilities.drop).toEqual(['ALL']);
      }
    }
    expect(built.pod.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
    expect(built.pod.automountServiceAccountToken).toBe(false);
  });
});

describe('the routing sidecar', () => {
  test('stands before decode only, and stays', () => {
    const { prefill, decode } = pair();
    expect(prefill.sidecar).toBeUndefined();
    expect(decode.sidecar.restartPolicy).toBe('Always');
    expect(decode.sidecar.args).toEqual([
      '--port=8000',
      '--vllm-port=8200',
      '--kv-connector=nixlv2',
      '--zap-log-level=1',
      '--secure-proxy=false',
    ]);
    expect(decode.sidecar.ports).toEqual([{ name: 'sidecar', containerPort: 8000 }]);
    expect(decode.sidecar.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532 });
  });

  test('speaks for each rank of a wide group', () => {
    const { sidecar, engine } = wide().decode;
    expect(sidecar.args).toEqual(expect.arrayContaining(['--data-parallel-size=8', '--enable-prefiller-sampling']));
    expect(sidecar.ports.map(({ containerPort }: Any) => containerPort)).toEqual([8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007]);
    expect(engine.ports.slice(0, 2)).toEqual([
      { name: 'vllm-rank0', containerPort: 8200 },
      { name: 'vllm-rank1', containerPort: 8201 },
    ]);
    expect(engine.ports).toContainEqual({ name: 'supervisor', containerPort: 8208 });
  });

  test('speaks the connector of engine and transfer', () => {
    expect(pair({ engine: Engine.sglang() }).decode.sidecar.args).toContain('--kv-connector=sglang');
    expect(pair({ transfer: KvTransfer.mooncake() }).decode.sidecar.args).toContain('--kv-connector=mooncake');
  });

  test('does not stand before the workers of a pipeline', () => {
    const role = { parallelism: { tensor: 8, pipeline: 2 } };
    const { leaderTemplate, workerTemplate } = pair({ prefill: role, decode: role }).decode.workload.spec.leaderWorkerTemplate;
    expect(leaderTemplate.spec.initContainers).toHaveLength(1);
    expect(workerTemplate.spec.initContainers).toBeUndefined();
  });
});

describe('ports', () => {
  const portOf = ({ engine }: Pod, name: string) => engine.ports.find((port: Any) => port.name === name)?.containerPort;

  test('of a transfer', () => {
    expect(portOf(pair().prefill, 'nixl')).toBe(5600);
    expect(portOf(pair().decode, 'modelserver')).toBe(8200);
    expect(portOf(pair({ engine: Engine.sglang() }).prefill, 'bootstrap')).toBe(8998);
    expect(portOf(pair({ engine: Engine.sglang() }).decode, 'bootstrap')).toBeUndefined();
    expect(portOf(serving(), 'nixl')).toBeUndefined();
  });

  test('of events', () => {
    const { decode, servers } = pair({ kvCache: KvCache.of({ publishEvents: true, eventsPort: 6000, blockTokens: 32 }) });
    expect(portOf(decode, 'kv-events')).toBe(6000);
    expect(servers.plan.kvEventsPort).toBe(6000);
    expect(servers.plan.kvBlockTokens).toBe(32);
  });
});

describe('volumes', () => {
  const mountOf = ({ engine }: Pod, path: string) => engine.volumeMounts?.find(({ mountPath }: Any) => mountPath === path);
  const volumeOf = ({ pod }: Pod, name: string) => pod.volumes?.find((volume: Any) => volume.name === name);

  test('keep the scratch space writable beside a read-only cache', () => {
    const result = serving({ model: ModelSource.huggingFace('a/b', { cache: ModelCache.pvc('c', { readOnly: true }) }) });
    expect(mountOf(result, '/var/cache/huggingface')).toMatchObject({ readOnly: true });
    expect(mountOf(result, '/.cache').readOnly).toBeUndefined();
    expect(volumeOf(result, 'cache')).toEqual({ name: 'cache', emptyDir: {} });
  });

  test('of shared memory are as large as asked for', () => {
    expect(volumeOf(serving(), 'shm').emptyDir).toEqual({ medium: 'Memory', sizeLimit: '20Gi' });
    expect(volumeOf(serving({ sharedMemory: Size.mebibytes(1536) }), 'shm').emptyDir.sizeLimit).toBe('1536Mi');
    expect(volumeOf(wide().decode, 'shm').emptyDir.sizeLimit).toBe('2Gi');
    expect(volumeOf(serving({ accelerator: Accelerator.CPU }), 'shm').emptyDir.sizeLimit).toBe('4Gi');
    expect(mountOf(serving(), '/dev/shm')).toEqual({ name: 'shm', mountPath: '/dev/shm' });
  });

  test('are none for the simulator', () => {
    expect(serving({ accelerator: Accelerator.SIMULATOR }).pod.volumes).toBeUndefined();
  });

  test('hold weights of an image', () => {
    const model = ModelSource.oci('registry.example.com/m:1');
    expect(volumeOf(wide({ model }).decode, 'model-storage').image.reference).toBe('registry.example.com/m:1');
  });
});

describe('resources', () => {
  const of = (props: Parameters<typeof serving>[0]) => serving(props).engine.resources;

  test.each([
    [H100, { tensor: 2 }, '8', '84Gi'],
    [H100, {}, '4', '68Gi'],
    [Accelerator.CPU, {}, '64', '64Gi'],
    [Accelerator.SIMULATOR, {}, '500m', '1Gi'],
  ] as const)('follow the devices', (accelerator, parallelism, cpu, memory) => {
    const { requests, limits } = of({ accelerator, parallelism });
    expect(requests).toMatchObject({ cpu, memory });
    expect(limits.memory).toBe(memory);
    expect(limits.cpu).toBeUndefined();
  });

  test('are what the user says, the rest following', () => {
    const both = of({ resources: { cpu: '2', cpuLimit: '4', memory: '100Gi', memoryLimit: '200Gi', ephemeralStorage: '1Ti' } });
    expect(both.requests).toMatchObject({ cpu: '2', memory: '100Gi', 'ephemeral-storage': '1Ti' });
    expect(both.limits).toMatchObject({ cpu: '4', memory: '200Gi', 'ephemeral-storage': '1Ti' });
    expect(of({ resources: { memory: '100Gi' } }).limits.memory).toBe('100Gi');
    expect(of({ resources: { memoryLimit: '50Gi', cpuLimit: '1' } }).requests).toMatchObject({ cpu: '1', memory: '50Gi' });
  });

  test('are claimed where the accelerator says so', () => {
    const result = serving({ accelerator: H100.viaDra({ selectors: ['device.x == 1'] }), parallelism: { tensor: 4 } });
    const template = result.one('ResourceClaimTemplate');
    expect(template.spec.spec.devices.requests).toEqual([
      {
        name: 'accelerator',
        exactly: {
          deviceClassName: 'gpu.nvidia.com',
          allocationMode: 'ExactCount',
          count: 4,
          selectors: [{ cel: { expression: 'device.x == 1' } }],
        },
      },
    ]);
    expect(result.pod.resourceClaims).toEqual([{ name: 'accelerators', resourceClaimTemplateName: template.metadata.name }]);
    expect(result.engine.resources.claims).toEqual([{ name: 'accelerators' }]);
    expect(result.engine.resources.limits).not.toHaveProperty(['nvidia.com/gpu']);
    const order = result.objects.map(({ kind }: Any) => kind);
    expect(order.indexOf('ResourceClaimTemplate')).toBeLessThan(order.indexOf('Deployment'));
  });

  test('claim a NIC behind the root of each accelerator', () => {
    const result = serving(
      { accelerator: H100.viaDra(), parallelism: { tensor: 2 }, network: Network.roce() },
      clusterChart(Cluster.gke()),
    );
    const { requests, constraints } = result.one('ResourceClaimTemplate').spec.spec.devices;
    expect(requests.map(({ name }: Any) => name)).toEqual(['accelerator-0', 'nic-0', 'accelerator-1', 'nic-1']);
    expect(requests[1].exactly.deviceClassName).toBe('mrdma.google.com');
    expect(constraints).toEqual([
      { requests: ['accelerator-0', 'nic-0'], matchAttribute: 'resource.kubernetes.io/pcieRoot' },
      { requests: ['accelerator-1', 'nic-1'], matchAttribute: 'resource.kubernetes.io/pcieRoot' },
    ]);
  });

  test('hold what the network of the cluster takes', () => {
    const { engine } = serving({ network: Network.efa(), parallelism: { tensor: 2 } }, clusterChart(Cluster.eks()));
    expect(engine.resources.limits['vpc.amazonaws.com/efa']).toBe('4');
    expect(engine.image).toContain('dkr.ecr');
    expect(engine.securityContext.capabilities.add).toEqual(['IPC_LOCK']);
  });
});

describe('the security context', () => {
  const ROOT = { runAsUser: 0, runAsGroup: 0 };
  const restricted = { runAsNonRoot: true, runAsUser: 2000, fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' };

  test.each([
    ['NVIDIA', {}],
    ['processor', { accelerator: Accelerator.CPU }],
    ['simulator', { accelerator: Accelerator.SIMULATOR }],
    ['TCP', { network: Network.tcp() }],
  ])('is restricted: %s', (_, props) => {
    const { pod, engine } = serving(props);
    expect(pod.securityContext).toMatchObject(restricted);
    expect(engine.securityContext.capabilities).toEqual({ drop: ['ALL'] });
  });

  test.each([
    ['AMD', { accelerator: Accelerator.AMD_MI300X }],
    ['TPU', { accelerator: Accelerator.TPU_V6E }],
    ['SGLang', { engine: Engine.sglang() }],
    ['RDMA', { network: Network.infiniBand({ resourceName: 'rdma/ib' }) }],
  ])('leaves the user to the image: %s', (_, props) => {
    const { securityContext } = serving(props).pod;
    expect(securityContext.runAsNonRoot).toBeUndefined();
    expect(securityContext.runAsUser).toBeUndefined();
    expect(securityContext.fsGroup).toBeUndefined();
  });

  test('opens device files by their groups', () => {
    expect(serving({ accelerator: Accelerator.INTEL_ARC_B60 }).pod.securityContext.supplementalGroups).toEqual([107]);
  });

  test('is root where only root can write, or register memory', () => {
    const model = ModelSource.huggingFace('a/b', { cache: ModelCache.hostPath('/mnt/x') });
    const onNode = serving({ model });
    expect(onNode.pod.securityContext.runAsNonRoot).toBeUndefined();
    expect(onNode.engine.securityContext).toMatchObject(ROOT);
    const { decode } = wide();
    expect(decode.engine.securityContext).toMatchObject(ROOT);
    expect(decode.engine.securityContext.capabilities.add).toEqual(['IPC_LOCK', 'SYS_RAWIO']);
    expect(serving({ model, accelerator: Accelerator.SIMULATOR }).pod.securityContext).toMatchObject(restricted);
  });

  test('names no user where the cluster chooses it', () => {
    const { decode } = pair({}, clusterChart(Cluster.openShift()));
    expect(decode.pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(decode.sidecar.securityContext.runAsUser).toBeUndefined();
  });
});
