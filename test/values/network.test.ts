import { Accelerator } from '../../lib/values/accelerator';
import { Network } from '../../lib/values/network';

const env = (network: Network, accelerator: Accelerator) =>
  Object.fromEntries(network.envFor(accelerator).map(({ name, value }) => [name, value]));

describe('UCX_TLS', () => {
  test.each([
    ['tcp', Network.tcp(), Accelerator.CPU, 'tcp'],
    ['tcp', Network.tcp(), Accelerator.SIMULATOR, 'tcp'],
    ['tcp', Network.tcp(), Accelerator.NVIDIA_H100, 'tcp,cuda_copy'],
    ['tcp', Network.tcp(), Accelerator.AMD_MI300X, 'tcp,rocm_copy'],
    ['tcp', Network.tcp(), Accelerator.INTEL_ARC_B60, 'tcp'],
    ['tcp', Network.tcp(), Accelerator.INTEL_GAUDI_3, 'tcp'],
    ['infiniBand', Network.infiniBand(), Accelerator.NVIDIA_B200, 'rc,ud,sm,self,cuda_copy'],
    ['infiniBand', Network.infiniBand(), Accelerator.INTEL_GAUDI_2, 'rc,ud,sm,self'],
    ['roce', Network.roce(), Accelerator.AMD_MI300X, 'rc,ud,sm,self,rocm_copy'],
    ['roce', Network.roce(), Accelerator.INTEL_MAX_1550, 'ib,rc,ze_copy'],
    ['efa', Network.efa(), Accelerator.NVIDIA_H200, undefined],
    ['nothing', Network.UNSPECIFIED, Accelerator.NVIDIA_H200, undefined],
    ['tcp', Network.tcp(), Accelerator.TPU_V6E, undefined],
  ])('%# %s', (_, network, accelerator, expected) => {
    expect(env(network, accelerator).UCX_TLS).toBe(expected);
  });

  test('can be given', () => {
    expect(env(Network.infiniBand({ ucxTransports: 'all' }), Accelerator.NVIDIA_H100).UCX_TLS).toBe('all');
    expect(env(Network.efa({ ucxTransports: 'srd' }), Accelerator.NVIDIA_H100).UCX_TLS).toBe('srd');
  });
});

test('an unspecified network sets nothing, requests nothing, needs nothing', () => {
  expect(Network.UNSPECIFIED.envFor(Accelerator.NVIDIA_H100)).toEqual([]);
  expect(Network.UNSPECIFIED).toMatchObject({ kind: 'unspecified', isRdma: false, capabilities: [] });
});

test('RDMA pins memory; TCP does not', () => {
  for (const network of [Network.infiniBand(), Network.roce(), Network.efa()]) {
    expect(network).toMatchObject({ isRdma: true, capabilities: ['IPC_LOCK'] });
  }
  expect(Network.tcp()).toMatchObject({ isRdma: false, capabilities: [] });
});

test('EFA speaks libfabric and needs an image that holds it', () => {
  expect(Network.efa().nixlBackend).toBe('LIBFABRIC');
  expect(Network.roce().nixlBackend).toBe('UCX');
  expect(Network.efa().imageFlavourFor(Accelerator.NVIDIA_H200)).toBe('cuda-efa');
  expect(Network.roce().imageFlavourFor(Accelerator.NVIDIA_H200)).toBe('cuda');
  expect(Network.efa().imageFlavourFor(Accelerator.CPU)).toBe('cpu');
});

test('adapters and GID reach the libraries that the device has', () => {
  const network = Network.roce({ hcaPrefix: 'ibp', gidIndex: 3 });
  expect(env(network, Accelerator.NVIDIA_H100)).toMatchObject({
    NCCL_IB_HCA: 'ibp',
    NVSHMEM_HCA_PREFIX: 'ibp',
    NCCL_IB_GID_INDEX: '3',
    UCX_IB_GID_INDEX: '3',
  });
  expect(env(network, Accelerator.AMD_MI300X)).toHaveProperty('NCCL_IB_HCA');
  expect(env(network, Accelerator.AMD_MI300X)).not.toHaveProperty('NVSHMEM_HCA_PREFIX');
  expect(env(network, Accelerator.TPU_V7)).toEqual({});
});

test('UCX does not cache memory types of Level Zero over RDMA', () => {
  expect(env(Network.roce(), Accelerator.INTEL_ARC_B60).UCX_MEMTYPE_CACHE).toBe('0');
  expect(env(Network.tcp(), Accelerator.INTEL_ARC_B60)).not.toHaveProperty('UCX_MEMTYPE_CACHE');
  expect(env(Network.roce(), Accelerator.NVIDIA_H100)).not.toHaveProperty('UCX_MEMTYPE_CACHE');
});

test('environment of the user is added and wins, each name once', () => {
  const network = Network.tcp({
    env: [
      { name: 'UCX_TLS', value: 'tcp,self' },
      { name: 'NCCL_DEBUG', value: 'INFO' },
    ],
  });
  expect(network.envFor(Accelerator.NVIDIA_H100)).toEqual([
    { name: 'UCX_TLS', value: 'tcp,self' },
    { name: 'NCCL_DEBUG', value: 'INFO' },
  ]);
});

test.each([
  [() => Network.infiniBand({ count: 0 }), '`count` is 0'],
  [() => Network.roce({ gidIndex: -1 }), '`gidIndex` is -1'],
  [() => Network.roce({ attachment: 'sriov' }), '`attachment` is "sriov": write "<namespace>/<name>"'],
  [() => Network.roce({ deviceSelectors: ['x'] }), '`deviceClass` is missing: `deviceSelectors` choose'],
  [() => Network.efa({ resourceName: 'a/b', deviceClass: 'c' }), '`resourceName` and `deviceClass` exclude each other'],
])('%# is refused', (make, message) => {
  expect(make).toThrow(message);
});

test('is frozen, with what it holds', () => {
  const network = Network.roce({ env: [{ name: 'A', value: '1' }], deviceClass: 'c', deviceSelectors: ['x'] });
  expect(Object.isFrozen(network)).toBe(true);
  expect(() => (network.deviceSelectors as string[]).push('y')).toThrow(TypeError);
  expect(() => (network.capabilities as string[]).push('SYS_ADMIN')).toThrow(TypeError);
});
