import * as fc from 'fast-check';
import { Accelerator } from '../../lib/values/accelerator';
import { layoutOf, type Parallelism } from '../../lib/values/parallelism';
import { thrownBy } from '../support/errors';

const H100 = Accelerator.NVIDIA_H100;
const DEVICES = [Accelerator.NVIDIA_H100, Accelerator.NVIDIA_GB200, Accelerator.INTEL_MAX_1550, Accelerator.AMD_MI250, Accelerator.CPU];

const parallelism = fc.record(
  {
    tensor: fc.integer({ min: 1, max: 16 }),
    pipeline: fc.integer({ min: 1, max: 12 }),
    data: fc.integer({ min: 1, max: 64 }),
    dataLocal: fc.integer({ min: 1, max: 16 }),
    expert: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** The layout, or undefined when it is refused with one of our codes. */
function tried(given: Parallelism, accelerator: Accelerator) {
  try {
    return layoutOf(given, accelerator);
  } catch (error) {
    expect((error as { code?: string }).code).toMatch(/^LLMD21[0-6]$/);
    return undefined;
  }
}

describe('every layout that is accepted', () => {
  const accepted = (check: (given: Parallelism, layout: ReturnType<typeof layoutOf>, accelerator: Accelerator) => void) =>
    fc.assert(
      fc.property(parallelism, fc.constantFrom(...DEVICES), (given, accelerator) => {
        const layout = tried(given, accelerator);
        if (layout !== undefined) {
          check(given, layout, accelerator);
        }
      }),
      { numRuns: 2000 },
    );

  test('has a place for each rank and no place without one', () => {
    accepted((_, { podsPerReplica, acceleratorsPerPod, tensor, pipeline, data }, { ranksPerDevice }) =>
      expect(podsPerReplica * acceleratorsPerPod * ranksPerDevice).toBe(tensor * pipeline * data),
    );
  });

  test('fits the nodes', () => {
    accepted((_, { acceleratorsPerPod }, { perNode }) => {
      expect(acceleratorsPerPod).toBeLessThanOrEqual(perNode);
      expect(Number.isInteger(acceleratorsPerPod)).toBe(true);
    });
  });

  test('splits data ranks evenly over its pods', () => {
    accepted((_, { data, dataLocal, podsPerReplica }) => {
      if (data > 1) {
        expect(podsPerReplica * dataLocal).toBe(data);
      }
    });
  });

  test('keeps what was asked for', () => {
    accepted((given, layout) => {
      expect(layout).toMatchObject(given);
    });
  });

  test('takes the fewest pods that hold its data ranks, when it may choose', () => {
    accepted((given, { tensor, pipeline, data, dataLocal }, { perNode, ranksPerDevice }) => {
      if (given.dataLocal === undefined && data > 1) {
        for (let larger = dataLocal + 1; larger <= data; larger++) {
          expect(data % larger === 0 && larger * tensor * pipeline <= perNode * ranksPerDevice).toBe(false);
        }
      }
    });
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(layoutOf({}, H100))).toBe(true);
  });
});

test.each([
  ['nothing said', {}, H100, 1, 1],
  ['a node', { tensor: 8 }, H100, 1, 8],
  ['tensor and pipeline on a node', { tensor: 2, pipeline: 4 }, H100, 1, 8],
  ['a pipeline over two nodes', { tensor: 8, pipeline: 2 }, H100, 2, 8],
  ['a pipeline over three nodes', { tensor: 4, pipeline: 3 }, H100, 3, 4],
  ['stages two a node', { tensor: 4, pipeline: 6 }, H100, 3, 8],
  ['data ranks on one node', { data: 8 }, H100, 1, 8],
  ['data ranks on two nodes', { data: 16 }, H100, 2, 8],
  ['fewer data ranks a pod than fit', { data: 16, dataLocal: 4 }, H100, 4, 4],
  ['four GPUs a tray', { data: 8 }, Accelerator.NVIDIA_GB200, 2, 4],
  ['two ranks a card', { tensor: 4 }, Accelerator.INTEL_MAX_1550, 1, 2],
  ['the processor', {}, Accelerator.CPU, 1, 1],
  ['the simulator', { tensor: 8 }, Accelerator.SIMULATOR, 1, 8],
] as const)('%s', (_, given, accelerator, pods, devices) => {
  const layout = layoutOf(given, accelerator);
  expect(layout.podsPerReplica).toBe(pods);
  expect(layout.acceleratorsPerPod).toBe(devices);
});

describe('what cannot be laid out', () => {
  test.each(['tensor', 'pipeline', 'data', 'dataLocal'] as const)('%s must be a whole number of at least one', (prop) => {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = thrownBy(() => layoutOf({ [prop]: value }, H100));
      expect(error.code).toBe('LLMD104');
      expect(error.detail).toContain(`parallelism.${prop}`);
      expect(error.detail).toContain('a whole number of at least 1');
    }
  });

  test('a tensor group larger than a node', () => {
    const error = thrownBy(() => layoutOf({ tensor: 8 }, Accelerator.NVIDIA_GB200));
    expect(error.code).toBe('LLMD210');
    expect(error.detail).toContain('NVIDIA_GB200');
    expect(error.detail).toContain('a divisor of 4');
    expect(thrownBy(() => layoutOf({ tensor: 2 }, Accelerator.CPU)).code).toBe('LLMD210');
  });

  test('data ranks of a pod that do not divide all, or do not fit', () => {
    const uneven = thrownBy(() => layoutOf({ data: 16, dataLocal: 5 }, H100));
    expect(uneven.code).toBe('LLMD211');
    expect(uneven.detail).toContain('8 would');
    expect(thrownBy(() => layoutOf({ data: 16, dataLocal: 16 }, H100)).code).toBe('LLMD211');
    expect(thrownBy(() => layoutOf({ data: 8, tensor: 4, dataLocal: 4 }, H100)).detail).toContain('2 would');
  });

  test('experts over a single rank', () => {
    expect(thrownBy(() => layoutOf({ expert: true, pipeline: 2 }, H100)).code).toBe('LLMD212');
    expect(layoutOf({ expert: true, tensor: 2 }, H100).expert).toBe(true);
  });

  test('a part of a device', () => {
    const error = thrownBy(() => layoutOf({ tensor: 3 }, Accelerator.INTEL_MAX_1550));
    expect(error.code).toBe('LLMD213');
    expect(error.detail).toContain('a multiple of 2');
  });

  test('data ranks whose pipeline spans nodes', () => {
    const error = thrownBy(() => layoutOf({ tensor: 8, pipeline: 2, data: 2 }, H100));
    expect(error.code).toBe('LLMD214');
    expect(error.detail).toContain('raise `replicas`');
  });
});

describe('a TPU slice', () => {
  test.each([
    ['v6e', '1x1', 1, 1, 1],
    ['v6e', '2x4', 1, 8, 8],
    ['v6e', '4x4', 4, 4, 16],
    ['v5e', '4x8', 8, 4, 32],
    ['v7', '2x2x1', 1, 4, 8],
    ['v7', '2x2x2', 2, 4, 16],
  ] as const)('%s %s is one replica, filled by default', (generation, topology, pods, chips, tensor) => {
    const layout = layoutOf({}, Accelerator.tpu(generation, topology));
    expect(layout.podsPerReplica).toBe(pods);
    expect(layout.acceleratorsPerPod).toBe(chips);
    expect(layout.tensor).toBe(tensor);
  });

  test('keeps to its chips by device claims too', () => {
    expect(layoutOf({ tensor: 8 }, Accelerator.TPU_V6E.viaDra()).acceleratorsPerPod).toBe(8);
  });

  test('takes data ranks a host', () => {
    const layout = layoutOf({ data: 4 }, Accelerator.tpu('v6e', '4x4'));
    expect(layout.tensor).toBe(4);
    expect(layout.dataLocal).toBe(1);
    expect(layout.podsPerReplica).toBe(4);
  });

  test('is not left in part', () => {
    const error = thrownBy(() => layoutOf({ tensor: 4 }, Accelerator.TPU_V7));
    expect(error.code).toBe('LLMD216');
    expect(error.detail).toContain('2x2x1 has 4 chips with 8 ranks');
    expect(error.detail).toContain('make the product 8');
    expect(thrownBy(() => layoutOf({ tensor: 3, data: 3 }, Accelerator.TPU_V6E)).code).toBe('LLMD216');
  });

  test('has as many data ranks on each host', () => {
    const uneven = thrownBy(() => layoutOf({ data: 2 }, Accelerator.tpu('v6e', '4x4')));
    expect([uneven.code, uneven.detail]).toEqual(['LLMD104', expect.stringContaining('1 or a multiple of the 4 hosts')]);
    expect(thrownBy(() => layoutOf({ data: 8, dataLocal: 4 }, Accelerator.TPU_V6E)).code).toBe('LLMD211');
  });

  test('refuses experts over one rank and numbers that are none', () => {
    expect(thrownBy(() => layoutOf({ expert: true }, Accelerator.tpu('v6e', '1x1'))).code).toBe('LLMD212');
    expect(thrownBy(() => layoutOf({ tensor: 0 }, Accelerator.TPU_V6E)).code).toBe('LLMD104');
  });
});

test('a misspelt key is refused, it would leave the model on one rank', () => {
  expect(() => layoutOf({ tp: 2 } as never, Accelerator.NVIDIA_H100)).toThrow(
    /LLMD109 `parallelism` takes no `tp`: remove it; there are tensor, pipeline, data, dataLocal, expert/,
  );
  expect(() => layoutOf(8 as never, Accelerator.NVIDIA_H100)).toThrow(/LLMD107 .*`parallelism` takes an object/);
});
