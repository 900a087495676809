import fc from 'fast-check';
import { Accelerator, type AcceleratorOptions } from '../../lib/values/accelerator';
import { ACCELERATORS, TPU_GENERATIONS, type TpuGeneration } from '../../lib/values/accelerator-catalog';
import { RELEASES } from '../../lib/versions';

const constants = Object.entries(Accelerator).filter((entry): entry is [string, Accelerator] => entry[1] instanceof Accelerator);
const custom: AcceleratorOptions = {
  name: 'ATOM',
  vendor: 'none',
  variant: 'npu',
  resourceName: 'rebellions.ai/ATOM',
  perNode: 4,
  imageFlavour: 'rbln',
};

describe('constants', () => {
  test('there is one for each row of the catalogue and for each TPU generation, under its own name', () => {
    const expected = [...Object.keys(ACCELERATORS), ...Object.keys(TPU_GENERATIONS).map((name) => `TPU_${name.toUpperCase()}`)];
    expect(constants.map(([key]) => key).sort()).toEqual(expected.sort());
    expect(constants.filter(([key, value]) => key !== value.name)).toEqual([]);
  });

  test('request the resource that the device plugin of their vendor advertises', () => {
    const requested = new Set(constants.map(([, { vendor, resourceName }]) => `${vendor} ${resourceName}`));
    expect([...requested].sort()).toEqual([
      'amd amd.com/gpu',
      'cpu undefined',
      'google google.com/tpu',
      'intel gpu.intel.com/i915',
      'intel gpu.intel.com/xe',
      'intel habana.ai/gaudi',
      'none undefined',
      'nvidia nvidia.com/gpu',
    ]);
  });

  test('name an image column of the release', () => {
    const { engines, wideEp } = RELEASES['2026.06'];
    const known = new Set([...Object.keys(engines.vllm), ...Object.keys(engines.simulator)]);
    expect(constants.filter(([, { imageFlavour }]) => !known.has(imageFlavour))).toEqual([]);
    expect(Object.keys(wideEp)).toContain(Accelerator.NVIDIA_GB200.wideEpImageFlavour);
    expect(Accelerator.NVIDIA_GB200.imageFlavour).toBe('cuda');
    expect(Accelerator.NVIDIA_B200.wideEpImageFlavour).toBe('cuda');
  });

  test('GB200 has four GPUs a node, the others of NVIDIA eight', () => {
    const odd = constants.filter(([, { vendor, perNode }]) => vendor === 'nvidia' && perNode !== 8);
    expect(odd.map(([key, { perNode }]) => [key, perNode])).toEqual([['NVIDIA_GB200', 4]]);
  });

  test('memory is what an engine can use, not the number on the box', () => {
    expect(Accelerator.NVIDIA_H100.memoryGib).toBe(79.19);
    expect(Accelerator.NVIDIA_L40S.memoryGib).toBe(44.99);
    expect(Accelerator.AMD_MI250.memoryGib).toBeLessThan(64);
    expect(Accelerator.CPU.memoryGib).toBeUndefined();
  });

  test('rates that no firm source knows are left out', () => {
    expect(Accelerator.AMD_MI250.memoryBandwidthGBs).toBeUndefined();
    expect(Accelerator.INTEL_GAUDI_2.bf16Teraflops).toBeUndefined();
    expect(Accelerator.NVIDIA_H100.memoryBandwidthGBs).toBe(3350);
  });

  test('select no nodes of their own, TPUs apart: labels differ from cluster to cluster', () => {
    const selecting = constants.filter(([, { nodeSelector }]) => Object.keys(nodeSelector).length > 0);
    expect(selecting.map(([key]) => key).sort()).toEqual(['TPU_V5E', 'TPU_V6E', 'TPU_V7']);
  });

  test('Intel GPUs carry the group of the device files and the environment of their driver', () => {
    expect(Accelerator.INTEL_MAX_1550.supplementalGroups).toEqual([107]);
    expect(Accelerator.INTEL_MAX_1550.ranksPerDevice).toBe(2);
    expect(Accelerator.INTEL_MAX_1100.env.map(({ name }) => name)).toEqual([
      'VLLM_USE_V1',
      'TORCH_LLM_ALLREDUCE',
      'VLLM_WORKER_MULTIPROC_METHOD',
    ]);
    expect(Accelerator.INTEL_ARC_B60.env).toEqual([{ name: 'VLLM_WORKER_MULTIPROC_METHOD', value: 'spawn' }]);
    expect(Accelerator.INTEL_GAUDI_3.supplementalGroups).toEqual([]);
  });

  test('only CPU and simulator request no device', () => {
    expect(constants.filter(([, { requestsDevices }]) => !requestsDevices).map(([key]) => key)).toEqual(['CPU', 'SIMULATOR']);
  });

  test('variants are the values of the upstream label', () => {
    const variants = constants.map(([key, { variant }]) => [key, variant]).filter(([, variant]) => variant !== 'gpu');
    expect(Object.fromEntries(variants)).toEqual({
      TPU_V5E: 'tpu',
      TPU_V6E: 'tpu-v6e',
      TPU_V7: 'tpu',
      INTEL_MAX_1100: 'xpu',
      INTEL_MAX_1550: 'xpu',
      INTEL_ARC_B60: 'xpu',
      INTEL_GAUDI_2: 'hpu',
      INTEL_GAUDI_3: 'hpu',
      CPU: 'cpu',
      SIMULATOR: 'none',
    });
  });

  test('cannot be changed, neither they nor what they hold', () => {
    for (const [, accelerator] of constants) {
      expect(Object.isFrozen(accelerator)).toBe(true);
    }
    expect(() => {
      (Accelerator.TPU_V7.nodeSelector as Record<string, string>).zone = 'a';
    }).toThrow(TypeError);
    expect(() => (Accelerator.CPU.env as unknown[]).push({})).toThrow(TypeError);
  });
});

describe('tpu', () => {
  test.each([
    ['v5e', '1x1', 1, 1],
    ['v5e', '2x4', 8, 1],
    ['v6e', '2x4', 8, 1],
    ['v6e', '4x4', 4, 4],
    ['v6e', '16x16', 4, 64],
    ['v7', '1x1x1', 1, 1],
    ['v7', '2x2x1', 4, 1],
    ['v7', '2x2x2', 4, 2],
    ['v7', '4x4x4', 4, 16],
  ] as const)('%s %s has %i chips on each of %i hosts', (generation, topology, chipsPerHost, hosts) => {
    const accelerator = Accelerator.tpu(generation, topology);
    expect(accelerator.tpu).toMatchObject({ topology, chipsPerHost, hosts });
    expect(accelerator.perNode).toBe(chipsPerHost);
    expect(accelerator.nodeSelector['cloud.google.com/gke-tpu-topology']).toBe(topology);
  });

  test('selects the nodes of its generation', () => {
    const label = 'cloud.google.com/gke-tpu-accelerator';
    expect(Accelerator.TPU_V5E.nodeSelector[label]).toBe('tpu-v5-lite-podslice');
    expect(Accelerator.TPU_V6E.nodeSelector[label]).toBe('tpu-v6e-slice');
    expect(Accelerator.TPU_V7.nodeSelector[label]).toBe('tpu7x');
  });

  test('a chip of v7 holds two ranks, so a host of four holds eight', () => {
    expect(Accelerator.TPU_V7.perNode * Accelerator.TPU_V7.ranksPerDevice).toBe(8);
    expect(Accelerator.TPU_V6E.ranksPerDevice).toBe(1);
  });

  test('LLMD201: an unknown topology is refused with those that exist', () => {
    for (const given of ['4x2', '2x2x1', '2', '', '2x', 'x', '0x4', '2X4', ' 2x4']) {
      expect(() => Accelerator.tpu('v6e', given)).toThrow(
        `LLMD201 "${given}" is no topology of a TPU v6e slice: choose one of 1x1, 2x2, 2x4`,
      );
    }
  });

  test('an unknown generation is refused', () => {
    expect(() => Accelerator.tpu('v4' as TpuGeneration)).toThrow('TPU generations are v5e, v6e, v7');
  });

  const known = fc
    .constantFrom(...(Object.keys(TPU_GENERATIONS) as TpuGeneration[]))
    .chain((generation) => fc.constantFrom(...TPU_GENERATIONS[generation].topologies).map((topology) => ({ generation, topology })));

  test('property: chips are the product of the sides and lie evenly on whole hosts', () => {
    fc.assert(
      fc.property(known, ({ generation, topology }) => {
        const { tpu } = Accelerator.tpu(generation, topology);
        let product = 1;
        for (const side of topology.split('x')) {
          product *= Number.parseInt(side, 10);
        }
        expect(tpu?.chips).toBe(product);
        expect(Number.isInteger(tpu?.hosts)).toBe(true);
        expect((tpu?.hosts ?? 0) * (tpu?.chipsPerHost ?? 0)).toBe(product);
      }),
    );
  });

  test('property: any other product of sides is refused', () => {
    const sides = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }).map((dims) => dims.join('x'));
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(TPU_GENERATIONS) as TpuGeneration[])), sides, (generation, topology) => {
        fc.pre(!(TPU_GENERATIONS[generation].topologies as readonly string[]).includes(topology));
        expect(() => Accelerator.tpu(generation, topology)).toThrow('LLMD201');
      }),
    );
  });
});

describe('viaDra', () => {
  test('a claim takes the place of the extended resource', () => {
    const claimed = Accelerator.NVIDIA_B200.viaDra();
    expect(claimed.resourceName).toBeUndefined();
    expect(claimed.dra).toEqual({ deviceClass: 'gpu.nvidia.com', count: undefined, selectors: [] });
    expect(claimed.requestsDevices).toBe(true);
    expect(Accelerator.NVIDIA_B200.resourceName).toBe('nvidia.com/gpu');
    expect(Accelerator.NVIDIA_B200.dra).toBeUndefined();
  });

  test.each([
    [Accelerator.AMD_MI300X, 'gpu.amd.com'],
    [Accelerator.INTEL_ARC_B60, 'gpu.intel.com'],
    [Accelerator.INTEL_GAUDI_3, 'gaudi.intel.com'],
    [Accelerator.TPU_V6E, 'tpu.google.com'],
  ])('%# the class is that of the vendor', (accelerator, deviceClass) => {
    expect(accelerator.viaDra().dra?.deviceClass).toBe(deviceClass);
  });

  test('class, count and selectors can be given', () => {
    const claimed = Accelerator.NVIDIA_H100.viaDra({ deviceClass: 'mig.nvidia.com', count: 2, selectors: ['device.driver == "x"'] });
    expect(claimed.dra).toEqual({ deviceClass: 'mig.nvidia.com', count: 2, selectors: ['device.driver == "x"'] });
  });

  test('a copy of a claim is a claim, until it names a resource', () => {
    const claimed = Accelerator.NVIDIA_H100.viaDra({ count: 4 });
    expect(claimed.with({ perNode: 4 }).dra?.count).toBe(4);
    const plain = claimed.with({ resourceName: 'nvidia.com/gpu.shared' });
    expect(plain.dra).toBeUndefined();
    expect(plain.resourceName).toBe('nvidia.com/gpu.shared');
  });

  test('LLMD202: what has no driver needs a class', () => {
    expect(() => Accelerator.CPU.viaDra()).toThrow('LLMD202 accelerator CPU has no DRA driver that is known here');
    expect(Accelerator.custom(custom).viaDra({ deviceClass: 'npu.rebellions.ai' }).dra?.deviceClass).toBe('npu.rebellions.ai');
  });

  test('a pod cannot claim more devices than a node has', () => {
    expect(() => Accelerator.NVIDIA_GB200.viaDra({ count: 5 })).toThrow('`count` is 5: it must be a whole number from 1 to 4');
  });
});

describe('custom and with', () => {
  test('custom fills in what was not said', () => {
    const accelerator = Accelerator.custom({ name: 'GPU', vendor: 'nvidia', perNode: 2, imageFlavour: 'cuda' });
    expect(accelerator).toMatchObject({ variant: 'gpu', ranksPerDevice: 1, wideEpImageFlavour: 'cuda', deviceClass: 'gpu.nvidia.com' });
    expect(accelerator.memoryGib).toBeUndefined();
    expect(accelerator.requestsDevices).toBe(false);
  });

  test('custom keeps no hand on what it was given', () => {
    const nodeSelector: Record<string, string> = { pool: 'a' };
    const accelerator = Accelerator.custom({ ...custom, nodeSelector });
    nodeSelector.pool = 'b';
    expect(accelerator.nodeSelector).toEqual({ pool: 'a' });
  });

  test('with replaces fields whole and leaves the original alone', () => {
    const copy = Accelerator.TPU_V6E.with({ nodeSelector: { pool: 'a' } });
    expect(copy.nodeSelector).toEqual({ pool: 'a' });
    expect(copy.tpu).toEqual(Accelerator.TPU_V6E.tpu);
    expect(copy.name).toBe('TPU_V6E');
    expect(Accelerator.TPU_V6E.nodeSelector).not.toHaveProperty('pool');
  });

  test.each([
    [{ perNode: 0 }, '`perNode` is 0'],
    [{ ranksPerDevice: 1.5 }, '`ranksPerDevice` is 1.5'],
    [{ memoryGib: 0 }, '`memoryGib` is 0'],
    [{ nodeSelector: { 'a b': 'c' } }, 'LLMD102'],
    [{ variant: 'a/b' }, 'LLMD102'],
  ])('%j is refused', (overrides, message) => {
    expect(() => Accelerator.custom({ ...custom, ...overrides })).toThrow(message);
    expect(() => Accelerator.NVIDIA_L4.with(overrides)).toThrow(message);
  });
});
