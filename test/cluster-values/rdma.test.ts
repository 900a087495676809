import fc from 'fast-check';
import { Cluster } from '../../lib/cluster/cluster';
import { Accelerator } from '../../lib/values/accelerator';
import { Network } from '../../lib/values/network';

const H200x4 = { accelerator: Accelerator.NVIDIA_H200, acceleratorsPerPod: 4 };
const B200x8 = { accelerator: Accelerator.NVIDIA_B200, acceleratorsPerPod: 8 };
const variable = (env: readonly { name: string; value?: string }[], name: string) => env.find((entry) => entry.name === name)?.value;

test.each([Network.UNSPECIFIED, Network.tcp()])('$kind takes nothing from any cluster but environment', (network) => {
  for (const cluster of [Cluster.generic(), Cluster.gke(), Cluster.minikube()]) {
    const grant = cluster.rdma(network, H200x4);
    expect(grant).toEqual({
      resources: {},
      claim: undefined,
      env: network.envFor(Accelerator.NVIDIA_H200),
      annotations: {},
      capabilities: [],
      volumes: [],
      volumeMounts: [],
      privileged: false,
    });
  }
});

describe('shared NICs', () => {
  test.each([
    [Cluster.generic(), Network.infiniBand(), { 'rdma/ib': '1' }],
    [Cluster.aks(), Network.infiniBand(), { 'rdma/ib': '1' }],
    [Cluster.openShift(), Network.infiniBand(), { 'rdma/ib': '1' }],
    [Cluster.openShift(), Network.roce(), { 'rdma/roce_gdr': '1' }],
    [Cluster.generic(), Network.roce({ resourceName: 'rdma/hca' }), { 'rdma/hca': '1' }],
    [Cluster.gke(), Network.roce({ resourceName: 'rdma/hca', count: 2 }), { 'rdma/hca': '2' }],
    [Cluster.minikube(), Network.infiniBand({ resourceName: 'rdma/ib', count: 3 }), { 'rdma/ib': '3' }],
  ])('%# are one resource, however many accelerators the pod has', (cluster, network, resources) => {
    expect(cluster.rdma(network, H200x4).resources).toEqual(resources);
    expect(cluster.rdma(network, { ...H200x4, acceleratorsPerPod: 1 }).resources).toEqual(resources);
  });

  test('OpenShift attaches the RoCE network by annotation', () => {
    expect(Cluster.openShift().rdma(Network.roce(), H200x4).annotations).toEqual({ 'k8s.v1.cni.cncf.io/networks': 'multi-nic-compute' });
    expect(Cluster.openShift().rdma(Network.infiniBand(), H200x4).annotations).toEqual({});
  });

  test('LLMD803: AKS hands out one', () => {
    expect(() => Cluster.aks().rdma(Network.infiniBand({ count: 2 }), H200x4)).toThrow(
      'LLMD803 2 of rdma/ib cannot be granted to a pod: it gets at most 1; leave `count` out',
    );
  });

  test('memory may be pinned; device-initiated transfers need raw I/O too', () => {
    expect(Cluster.generic().rdma(Network.infiniBand(), B200x8).capabilities).toEqual(['IPC_LOCK']);
    const grant = Cluster.generic().rdma(Network.infiniBand(), { ...B200x8, deviceInitiated: true });
    expect(grant.capabilities).toEqual(['IPC_LOCK', 'SYS_RAWIO']);
    expect(grant.privileged).toBe(false);
    expect(Cluster.generic().rdma(Network.tcp(), { ...B200x8, deviceInitiated: true }).capabilities).toEqual([]);
  });
});

describe('virtual functions of an SR-IOV plugin', () => {
  const network = Network.roce({
    resourceName: 'nvidia.com/sriov-rdma-vf',
    count: 4,
    attachment: 'default/sriov-rdma-vf',
    hostDevices: true,
  });
  const grant = Cluster.generic().rdma(network, { accelerator: Accelerator.AMD_MI300X, acceleratorsPerPod: 4 });

  test('there is one network entry for each', () => {
    expect(grant.resources).toEqual({ 'nvidia.com/sriov-rdma-vf': '4' });
    expect(JSON.parse(grant.annotations['k8s.v1.cni.cncf.io/networks'] ?? '')).toEqual(
      [1, 2, 3, 4].map((index) => ({ name: 'sriov-rdma-vf', namespace: 'default', interface: `net${index}` })),
    );
  });

  test('device files of the node are mounted when asked for', () => {
    expect(grant.volumes.map(({ name }) => name)).toEqual(grant.volumeMounts.map(({ name }) => name));
    expect(grant.volumes[0]?.hostPath?.path).toBe('/dev/infiniband');
    expect(Cluster.generic().rdma(Network.infiniBand(), H200x4).volumes).toEqual([]);
  });
});

describe('EFA on EKS', () => {
  test.each([
    [Accelerator.NVIDIA_H200, 4, '8'],
    [Accelerator.NVIDIA_H200, 1, '2'],
    [Accelerator.NVIDIA_B200, 8, '8'],
    [Accelerator.NVIDIA_A100_80, 1, '1'],
    [Accelerator.NVIDIA_A100_80, 3, '2'],
    [Accelerator.NVIDIA_A100_80, 8, '4'],
    [Accelerator.CPU, 0, '1'],
  ])('%# adapters follow the share of the node', (accelerator, acceleratorsPerPod, adapters) => {
    const grant = Cluster.eks().rdma(Network.efa(), { accelerator, acceleratorsPerPod });
    expect(grant.resources).toEqual({ 'vpc.amazonaws.com/efa': adapters });
  });

  test('a count of one’s own wins', () => {
    expect(Cluster.eks().rdma(Network.efa({ count: 32 }), B200x8).resources).toEqual({ 'vpc.amazonaws.com/efa': '32' });
  });

  test('property: a pod never requests fewer adapters for more accelerators, nor none', () => {
    const accelerators = fc.constantFrom(Accelerator.NVIDIA_H100, Accelerator.NVIDIA_B200, Accelerator.NVIDIA_A100_40);
    const count = (accelerator: Accelerator, acceleratorsPerPod: number) =>
      Number(Cluster.eks().rdma(Network.efa(), { accelerator, acceleratorsPerPod }).resources['vpc.amazonaws.com/efa']);
    fc.assert(
      fc.property(accelerators, fc.integer({ min: 1, max: 7 }), (accelerator, devices) => {
        expect(count(accelerator, devices)).toBeGreaterThanOrEqual(1);
        expect(count(accelerator, devices + 1)).toBeGreaterThanOrEqual(count(accelerator, devices));
      }),
    );
  });
});

describe('GKE', () => {
  test('a whole node takes all its networks, as many entries as accelerators', () => {
    for (const [accelerator, nics] of [
      [Accelerator.NVIDIA_B200, 8],
      [Accelerator.NVIDIA_GB200, 4],
    ] as const) {
      const grant = Cluster.gke().rdma(Network.roce(), { accelerator, acceleratorsPerPod: nics });
      expect(Object.keys(grant.resources)).toEqual(Array.from({ length: nics }, (_, index) => `networking.gke.io.networks/rdma-${index}`));
      const interfaces = JSON.parse(grant.annotations['networking.gke.io/interfaces'] ?? '[]');
      expect(interfaces[0]).toEqual({ interfaceName: 'eth0', network: 'default' });
      expect(interfaces[1]).toEqual({ interfaceName: 'eth2', network: 'rdma-0' });
      expect(interfaces).toHaveLength(nics + 1);
      expect(grant.annotations['networking.gke.io/default-interface']).toBe('eth0');
    }
  });

  test('offers the same to who asks for InfiniBand', () => {
    expect(Cluster.gke().rdma(Network.infiniBand(), B200x8)).toEqual(Cluster.gke().rdma(Network.roce(), B200x8));
  });

  test('only device-initiated transfers are privileged, and pair GPUs with adapters', () => {
    const host = Cluster.gke().rdma(Network.roce(), B200x8);
    const device = Cluster.gke().rdma(Network.roce(), { ...B200x8, deviceInitiated: true });
    expect([host.privileged, device.privileged]).toEqual([false, true]);
    expect(variable(host.env, 'DEEP_EP_DEVICE_TO_HCA_MAPPING')).toBeUndefined();
    expect(variable(device.env, 'DEEP_EP_DEVICE_TO_HCA_MAPPING')).toMatch(/^0:mlx5_0:1,1:mlx5_1:1,.*,7:mlx5_7:1$/);
    expect(variable(device.env, 'NVSHMEM_DISABLE_GDRCOPY')).toBe('true');
  });

  test('claimed accelerators claim a NIC each and request no network', () => {
    const grant = Cluster.gke().rdma(Network.roce(), { accelerator: Accelerator.NVIDIA_B200.viaDra(), acceleratorsPerPod: 2 });
    expect(grant.claim).toEqual({ deviceClass: 'mrdma.google.com', selectors: [], matchAttribute: 'resource.kubernetes.io/pcieRoot' });
    expect(grant.resources).toEqual({});
    expect(grant.annotations).toEqual({});
    expect(variable(grant.env, 'UCX_IB_ROCE_REACHABILITY_MODE')).toBe('all');
  });

  test('claimed NICs are privileged for device-initiated transfers only', () => {
    const request = { accelerator: Accelerator.NVIDIA_B200.viaDra(), acceleratorsPerPod: 8 };
    expect(Cluster.gke().rdma(Network.roce(), request).privileged).toBe(false);
    expect(Cluster.gke().rdma(Network.roce(), { ...request, deviceInitiated: true }).privileged).toBe(true);
  });

  test('LLMD805: a part of a node cannot take its networks', () => {
    expect(() => Cluster.gke().rdma(Network.roce(), H200x4)).toThrow('LLMD805 a pod with 4 of the 8 accelerators of a node');
  });

  test('LLMD803: nor can a whole node take a part of them', () => {
    expect(() => Cluster.gke().rdma(Network.roce({ count: 4 }), B200x8)).toThrow('it gets all 8 of the node');
  });
});

describe('NICs that are claimed', () => {
  const network = Network.roce({ deviceClass: 'dranet', deviceSelectors: ['device.attributes["dra.net"].rdma == true'] });

  test('on any cluster, with the accelerator', () => {
    const grant = Cluster.generic().rdma(network, { accelerator: Accelerator.INTEL_ARC_B60.viaDra(), acceleratorsPerPod: 1 });
    expect(grant.claim).toMatchObject({ deviceClass: 'dranet', selectors: ['device.attributes["dra.net"].rdma == true'] });
  });

  test('LLMD804: not beside an extended resource', () => {
    expect(() => Cluster.generic().rdma(network, H200x4)).toThrow('LLMD804 NICs are claimed with accelerators, but NVIDIA_H200');
  });

  test('LLMD803: never another number than accelerators', () => {
    const two = Network.roce({ deviceClass: 'dranet', count: 2 });
    expect(() => Cluster.generic().rdma(two, { ...H200x4, accelerator: Accelerator.NVIDIA_H200.viaDra() })).toThrow('LLMD803 2 of dranet');
  });
});

test.each([
  [Cluster.generic(), Network.roce(), 'the network roce is known on the cluster generic (known: infiniBand)'],
  [Cluster.gke(), Network.efa(), 'the network efa is known on the cluster gke (known: infiniBand, roce)'],
  [Cluster.eks(), Network.infiniBand(), 'the network infiniBand is known on the cluster eks (known: efa)'],
  [Cluster.minikube(), Network.infiniBand(), 'known on the cluster minikube (known: none)'],
])('%# LLMD802: a network that the provider does not name', (cluster, network, message) => {
  expect(() => cluster.rdma(network, H200x4)).toThrow('LLMD802');
  expect(() => cluster.rdma(network, H200x4)).toThrow(message);
});

test('environment has each name once, and the user has the last word', () => {
  const mine = Network.roce({ env: [{ name: 'UCX_IB_ROCE_REACHABILITY_MODE', value: 'route' }] });
  const { env } = Cluster.gke().rdma(mine, B200x8);
  expect(variable(env, 'UCX_IB_ROCE_REACHABILITY_MODE')).toBe('route');
  expect(variable(env, 'UCX_TLS')).toBe('rc,ud,sm,self,cuda_copy');
  expect(new Set(env.map(({ name }) => name)).size).toBe(env.length);
});
