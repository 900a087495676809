import { App, Chart } from 'cdk8s';
import { Cluster, type ClusterOptions } from '../../lib/cluster/cluster';
import { DIGITALOCEAN } from '../../lib/cluster/digitalocean';
import { GKE } from '../../lib/cluster/gke';
import { Accelerator } from '../../lib/values/accelerator';
import { ACCELERATORS } from '../../lib/values/accelerator-catalog';
import { Network } from '../../lib/values/network';

const GPU_TAINT = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };
const factories: readonly [string, (options?: ClusterOptions) => Cluster][] = [
  ['generic', Cluster.generic],
  ['eks', Cluster.eks],
  ['aks', Cluster.aks],
  ['gke', Cluster.gke],
  ['openshift', Cluster.openShift],
  ['digitalocean', Cluster.digitalOcean],
  ['minikube', Cluster.minikube],
];

describe('every provider', () => {
  test.each(factories)('%s has a name, a gateway and defaults', (name, make) => {
    expect(make()).toMatchObject({ name, kubernetesMinor: 34, clusterDomain: 'cluster.local', installed: undefined });
    expect(make().gatewayDefault).toBe(name === 'gke' ? 'gke-l7-regional-external-managed' : 'istio');
    expect(Object.isFrozen(make())).toBe(true);
  });

  test.each(factories)('%s adds what its options say', (_, make) => {
    const cluster = make({ nodeSelector: { pool: 'a' }, tolerations: [{ key: 'team', operator: 'Exists' }], readWriteManyClass: 'nfs' });
    expect(cluster.nodeSelectorFor(Accelerator.CPU)).toEqual({ pool: 'a' });
    expect(cluster.tolerationsFor(Accelerator.NVIDIA_H100)).toContainEqual({ key: 'team', operator: 'Exists' });
    expect(cluster.storageClass('ReadWriteMany')).toBe('nfs');
    expect(cluster.storageClass('ReadWriteOnce')).toBe(make().storageClass('ReadWriteOnce'));
  });

  test.each([GKE, DIGITALOCEAN])('$name labels only accelerators that exist', ({ acceleratorLabels }) => {
    expect(Object.keys(ACCELERATORS)).toEqual(expect.arrayContaining(Object.keys(acceleratorLabels ?? {})));
    expect(Object.keys(acceleratorLabels ?? {})).not.toHaveLength(0);
  });
});

describe('nodes', () => {
  test('a generic cluster selects and tolerates nothing for GPUs', () => {
    expect(Cluster.generic().nodeSelectorFor(Accelerator.NVIDIA_H100)).toEqual({});
    expect(Cluster.generic().tolerationsFor(Accelerator.NVIDIA_H100)).toEqual([]);
  });

  test.each([
    [Cluster.gke(), Accelerator.NVIDIA_H100, { 'cloud.google.com/gke-accelerator': 'nvidia-h100-80gb' }],
    [Cluster.gke(), Accelerator.NVIDIA_B200.viaDra(), { 'cloud.google.com/gke-accelerator': 'nvidia-b200' }],
    [Cluster.aks(), Accelerator.NVIDIA_H200, { 'kubernetes.azure.com/accelerator': 'nvidia' }],
    [Cluster.aks(), Accelerator.AMD_MI300X, {}],
    [
      Cluster.digitalOcean(),
      Accelerator.AMD_MI300X,
      { 'doks.digitalocean.com/gpu-brand': 'amd', 'doks.digitalocean.com/gpu-model': 'mi300x' },
    ],
    [Cluster.digitalOcean(), Accelerator.NVIDIA_L40S, { 'doks.digitalocean.com/gpu-brand': 'nvidia' }],
    [Cluster.eks(), Accelerator.NVIDIA_H200, {}],
  ])('%# labels of the provider', (cluster, accelerator, expected) => {
    expect(cluster.nodeSelectorFor(accelerator)).toEqual(expected);
  });

  test('TPUs bring their own labels, on any cluster', () => {
    expect(Cluster.generic().nodeSelectorFor(Accelerator.TPU_V6E)).toEqual(Accelerator.TPU_V6E.nodeSelector);
    expect(Cluster.gke().nodeSelectorFor(Accelerator.TPU_V6E)).toEqual(Accelerator.TPU_V6E.nodeSelector);
  });

  test("the accelerator's label wins over the provider's, the cluster's option over both", () => {
    const key = 'cloud.google.com/gke-accelerator';
    const mega = Accelerator.NVIDIA_H100.with({ nodeSelector: { [key]: 'nvidia-h100-mega-80gb' } });
    expect(Cluster.gke().nodeSelectorFor(mega)).toEqual({ [key]: 'nvidia-h100-mega-80gb' });
    expect(Cluster.gke({ nodeSelector: { [key]: 'mine' } }).nodeSelectorFor(mega)).toEqual({ [key]: 'mine' });
  });

  test.each([
    [Cluster.gke(), Accelerator.NVIDIA_H100, ['nvidia.com/gpu']],
    [Cluster.gke(), Accelerator.TPU_V7, ['google.com/tpu']],
    [Cluster.gke(), Accelerator.CPU, []],
    [Cluster.openShift(), Accelerator.NVIDIA_L4, ['nvidia.com/gpu']],
    [Cluster.digitalOcean(), Accelerator.AMD_MI325X, ['amd.com/gpu']],
    [Cluster.eks(), Accelerator.NVIDIA_H100, []],
  ])('%# taints of the provider', (cluster, accelerator, keys) => {
    expect(cluster.tolerationsFor(accelerator)).toEqual(keys.map((key) => ({ ...GPU_TAINT, key })));
  });

  test('a toleration that two sides name is written once', () => {
    const cluster = Cluster.gke({ tolerations: [GPU_TAINT, { ...GPU_TAINT, effect: 'NoExecute' }] });
    const tolerations = cluster.tolerationsFor(Accelerator.NVIDIA_H100.with({ tolerations: [{ ...GPU_TAINT }] }));
    expect(tolerations).toEqual([GPU_TAINT, { ...GPU_TAINT, effect: 'NoExecute' }]);
  });

  test('GKE turns its NCCL tuner off for NVIDIA only', () => {
    expect(Cluster.gke().engineEnvFor(Accelerator.NVIDIA_B200)).toEqual([
      { name: 'NCCL_TUNER_PLUGIN', value: 'none' },
      { name: 'NCCL_NET_PLUGIN', value: '' },
    ]);
    expect(Cluster.gke().engineEnvFor(Accelerator.TPU_V6E)).toEqual([]);
    expect(Cluster.generic().engineEnvFor(Accelerator.NVIDIA_B200)).toEqual([]);
  });
});

test.each([
  [Cluster.generic(), undefined, undefined],
  [Cluster.eks(), 'gp2', 'efs-sc'],
  [Cluster.aks(), 'managed-csi', 'azurefile-csi'],
  [Cluster.gke(), 'standard-rwo', 'standard-rwx'],
  [Cluster.openShift(), undefined, undefined],
  [Cluster.digitalOcean(), 'do-block-storage', undefined],
  [Cluster.minikube(), 'standard', 'standard'],
])('%# storage classes', (cluster, one, many) => {
  expect([cluster.storageClass('ReadWriteOnce'), cluster.storageClass('ReadWriteMany')]).toEqual([one, many]);
});

describe('kubernetesVersion', () => {
  test('is read as a minor version', () => {
    expect(Cluster.generic({ kubernetesVersion: '1.29' }).kubernetesMinor).toBe(29);
  });

  test.each(['1.28', '1', '1.34.2', 'v1.34', '2.1', ''])('LLMD801: "%s" is refused', (kubernetesVersion) => {
    expect(() => Cluster.eks({ kubernetesVersion })).toThrow(`LLMD801 Kubernetes "${kubernetesVersion}" cannot be served`);
  });
});

test('an illegal node label is refused', () => {
  expect(() => Cluster.generic({ nodeSelector: { 'a b': 'c' } })).toThrow('LLMD102');
});

test('a provider of one’s own is an object', () => {
  const coreweave = Cluster.custom({
    name: 'coreweave',
    gatewayDefault: 'istio',
    vendorLabels: { nvidia: { 'gpu.nvidia.com/class': 'h100' } },
    rdma: { infiniBand: () => ({ resources: { 'rdma/ib': '1' } }) },
  });
  expect(coreweave.nodeSelectorFor(Accelerator.NVIDIA_H100)).toEqual({ 'gpu.nvidia.com/class': 'h100' });
  const request = { accelerator: Accelerator.NVIDIA_H100, acceleratorsPerPod: 8 };
  expect(coreweave.rdma(Network.infiniBand(), request).resources).toEqual({ 'rdma/ib': '1' });
});

describe('on the construct tree', () => {
  const chart = new Chart(new App(), 'outer');
  const inner = new Chart(chart, 'inner');

  test('without one it is a generic cluster', () => {
    expect(Cluster.of(inner).name).toBe('generic');
  });

  test('the nearest scope decides', () => {
    const [outerCluster, innerCluster] = [Cluster.gke(), Cluster.eks()];
    outerCluster.applyTo(chart);
    expect(Cluster.of(inner)).toBe(outerCluster);
    innerCluster.applyTo(inner);
    expect(Cluster.of(inner)).toBe(innerCluster);
    expect(Cluster.of(chart)).toBe(outerCluster);
  });
});
