import { Duration, Size } from 'cdk8s';
import { Autoscaling } from '../../lib/operations/autoscaling';
import { Disruption } from '../../lib/operations/disruption';
import { Monitoring } from '../../lib/operations/monitoring';
import type { RoleOptions, ServingOptions, SplitRoleOptions } from '../../lib/servers/serving-options';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import { type Any, pair, serving, wide } from './synth';

const CPU_USE = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } } as const;

/** A value of each option of a role that is not its default. The type makes a new option fail to compile until it is tested. */
const ROLE: Required<RoleOptions> = {
  replicas: 3,
  parallelism: { data: 8 },
  workload: 'LeaderWorkerSet',
  resources: { cpu: '7' },
  sharedMemory: Size.gibibytes(3),
  autoscaling: Autoscaling.hpa({ max: 4, metrics: [CPU_USE] }),
  disruption: Disruption.maxUnavailable(1),
  podTemplate: { spec: { schedulerName: 'mine' } },
  maxSurge: 2,
  maxUnavailable: 2,
};

const SPLIT: Required<SplitRoleOptions> = { ...ROLE, accelerator: Accelerator.AMD_MI300X, engine: Engine.vllm({ maxNumSeqs: 7 }) };

/** The same for what all roles of a server share. */
const SHARED: Required<ServingOptions> = {
  model: ModelSource.huggingFace('acme/other'),
  accelerator: Accelerator.AMD_MI300X,
  engine: Engine.vllm({ maxNumSeqs: 7 }),
  kvCache: KvCache.of({ blockTokens: 32 }),
  network: Network.tcp(),
  startupTimeout: Duration.minutes(90),
  terminationGracePeriod: Duration.minutes(7),
  monitoring: Monitoring.podMonitor(),
  labels: { team: 'search' },
  annotations: { 'example.com/note': 'x' },
  imagePullSecrets: ['pull'],
  priorityClassName: 'high',
  serviceAccountName: 'mine',
  name: 'other',
  namespace: 'elsewhere',
};

const yaml = ({ objects }: { objects: Any[] }) => JSON.stringify(objects);
/** The objects of one role. */
const roleOf = ({ objects }: { objects: Any[] }, role: string) =>
  JSON.stringify(objects.filter(({ metadata }) => metadata.labels['llm-d.ai/role'] === role));
const other = { prefill: 'decode', decode: 'prefill' } as const;
const optionsOf = (all: object) => Object.entries(all).map(([option, value]) => [option, { [option]: value }] as const);

describe('ModelServing', () => {
  test.each(optionsOf({ ...SHARED, ...ROLE }))('%s changes what is deployed', (_, options) => {
    expect(yaml(serving(options))).not.toBe(yaml(serving()));
  });
});

describe('PrefillDecodePair', () => {
  test.each(optionsOf(SHARED))('%s changes both roles', (_, options) => {
    const [before, after] = [pair(), pair(options)];
    expect(roleOf(after, 'prefill')).not.toBe(roleOf(before, 'prefill'));
    expect(roleOf(after, 'decode')).not.toBe(roleOf(before, 'decode'));
  });

  test.each(optionsOf(SPLIT))('%s of one role changes that role only', (_, options) => {
    for (const role of ['prefill', 'decode'] as const) {
      const [before, after] = [pair(), pair({ [role]: options })];
      expect(roleOf(after, role)).not.toBe(roleOf(before, role));
      expect(roleOf(after, other[role])).toBe(roleOf(before, other[role]));
    }
  });

  test('transfer changes both roles', () => {
    const [before, after] = [pair(), pair({ transfer: KvTransfer.mooncake() })];
    expect(roleOf(after, 'prefill')).not.toBe(roleOf(before, 'prefill'));
    expect(roleOf(after, 'decode')).not.toBe(roleOf(before, 'decode'));
  });
});

describe('WideEPGroup', () => {
  // Groups are LeaderWorkerSets, on devices that have images for them; sizes are said by role.
  const { accelerator: _, ...shared } = SHARED;
  const { workload: __, parallelism: ___, replicas: ____, autoscaling: _____, ...both } = ROLE;
  const gb200 = { accelerator: Accelerator.NVIDIA_GB200 };

  test.each([...optionsOf({ ...shared, ...both }), ['accelerator', gb200] as const])('%s changes both roles', (__option, options) => {
    const [before, after] = [wide(), wide(options)];
    expect(roleOf(after, 'prefill')).not.toBe(roleOf(before, 'prefill'));
    expect(roleOf(after, 'decode')).not.toBe(roleOf(before, 'decode'));
  });

  test.each([...optionsOf({ ...both, replicas: 3, autoscaling: ROLE.autoscaling, engine: SPLIT.engine }), ['accelerator', gb200] as const])(
    '%s of one role changes that role only',
    (__option, options) => {
      // Four ranks a pod, which nodes of every device hold.
      const sized = { parallelism: { data: 16, dataLocal: 4 } };
      for (const role of ['prefill', 'decode'] as const) {
        const base = { prefill: sized, decode: sized };
        const [before, after] = [wide(base), wide({ ...base, [role]: { ...sized, ...options } })];
        expect(roleOf(after, role)).not.toBe(roleOf(before, role));
        expect(roleOf(after, other[role])).toBe(roleOf(before, other[role]));
      }
    },
  );

  test.each(optionsOf({ transfer: KvTransfer.mooncake(), moeBackend: 'deep_gemm' }))('%s changes both roles', (__option, options) => {
    const [before, after] = [wide(), wide(options)];
    expect(roleOf(after, 'prefill')).not.toBe(roleOf(before, 'prefill'));
    expect(roleOf(after, 'decode')).not.toBe(roleOf(before, 'decode'));
  });

  test('what a role says wins over what holds for both', () => {
    const { prefill, decode } = wide({ resources: { cpu: '9' }, decode: { parallelism: { data: 16 }, resources: { cpu: '5' } } });
    expect(prefill.engine.resources.requests.cpu).toBe('9');
    expect(decode.engine.resources.requests.cpu).toBe('5');
  });

  test.each([[undefined], [null]])('a role that says %p takes what holds for both', (nothing) => {
    const both = { disruption: ROLE.disruption };
    const parallelism = { data: 16 };
    const role = { parallelism: { ...parallelism, tensor: nothing, expert: nothing }, disruption: nothing } as SplitRoleOptions;
    expect(wide({ ...both, decode: role }).objects).toEqual(wide({ ...both, decode: { parallelism } }).objects);
  });
});

test('annotations are on pods; pull secrets and priority too', () => {
  const { template, pod } = serving({ annotations: { a: 'b' }, imagePullSecrets: ['x', 'y'], priorityClassName: 'p' });
  expect(template.metadata.annotations).toEqual({ a: 'b' });
  expect(pod.imagePullSecrets).toEqual([{ name: 'x' }, { name: 'y' }]);
  expect(pod.priorityClassName).toBe('p');
});
