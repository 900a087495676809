import { Size } from 'cdk8s';
import { Accelerator } from '../../lib/values/accelerator';
import { checkResources } from '../../lib/values/compute-resources';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { KNOWN_MODELS } from '../../lib/values/model-catalog';
import { Network } from '../../lib/values/network';
import { thrownBy } from '../support/errors';

describe('Engine', () => {
  test.each([
    () => Engine.vllm({ gpuMemoryUtilization: 0 }),
    () => Engine.vllm({ gpuMemoryUtilization: 1.1 }),
    () => Engine.vllm({ gpuMemoryUtilization: Number.NaN }),
    () => Engine.vllm({ maxModelLen: 0 }),
    () => Engine.vllm({ maxNumSeqs: 1.5 }),
    () => Engine.vllm({ maxNumBatchedTokens: -1 }),
    () => Engine.sglang({ memFractionStatic: 2 }),
    () => Engine.sglang({ maxModelLen: Number.NaN }),
    () => Engine.simulator({ maxNumSeqs: 0 }),
  ])('refuses a number out of range', (build) => {
    expect(thrownBy(build).code).toBe('LLMD104');
  });

  test('refuses an image and a variable that a cluster would refuse', () => {
    expect(thrownBy(() => Engine.vllm({ image: 'Not An Image' })).code).toBe('LLMD540');
    expect(thrownBy(() => Engine.sglang({ env: [{ name: 'A=B', value: '' }] })).code).toBe('LLMD107');
  });

  test('adds arguments to a copy', () => {
    const engine = Engine.vllm({ extraArgs: ['--a'], maxModelLen: 10 });
    const more = engine.withExtraArgs('--b', '1');
    expect(more.options.extraArgs).toEqual(['--a', '--b', '1']);
    expect(more.vllmOptions.maxModelLen).toBe(10);
    expect(engine.options.extraArgs).toEqual(['--a']);
  });

  test('does not change with the lists that it was made of', () => {
    const extraArgs = ['--a'];
    const engine = Engine.vllm({ extraArgs });
    extraArgs.push('--b');
    expect(engine.options.extraArgs).toEqual(['--a']);
    expect(Object.isFrozen(engine.options.extraArgs)).toBe(true);
    expect(Object.isFrozen(extraArgs)).toBe(false);
  });
});

describe('KvCache', () => {
  test('publishes only when asked to', () => {
    expect(KvCache.DEFAULT.eventsPort).toBeUndefined();
    expect(KvCache.of({ eventsPort: 6000 }).eventsPort).toBeUndefined();
    expect(KvCache.of({ publishEvents: true }).eventsPort).toBe(5556);
    expect(KvCache.of({ publishEvents: true, eventsPort: 6000 }).eventsPort).toBe(6000);
  });

  test.each([{ blockTokens: 0 }, { blockTokens: 5000 }, { blockTokens: 1.5 }, { eventsPort: 0 }, { eventsPort: 70_000 }])(
    'refuses %p',
    (options) => {
      expect(thrownBy(() => KvCache.of(options)).code).toBe('LLMD104');
    },
  );
});

describe('KvTransfer', () => {
  const { NVIDIA_H100: H100, INTEL_ARC_B60: XPU, CPU } = Accelerator;

  test('NIXL reads both ways, over UCX unless the network says otherwise', () => {
    const config = KvTransfer.nixl().vllmConfig('prefill', Network.UNSPECIFIED, H100);
    expect(config).toEqual({ kv_connector: 'NixlConnector', kv_role: 'kv_both' });
    expect(KvTransfer.nixl().vllmConfig('decode', Network.efa(), H100).kv_connector_extra_config).toEqual({ backends: ['LIBFABRIC'] });
    const own = KvTransfer.nixl({ backends: ['UCCL'], loadFailurePolicy: 'recompute' }).vllmConfig('decode', Network.efa(), H100);
    expect(own.kv_connector_extra_config).toEqual({ backends: ['UCCL'] });
    expect(own.kv_load_failure_policy).toBe('recompute');
  });

  test('NIXL names the memory of devices that are not CUDA', () => {
    const device = (network: Network, accelerator: Accelerator) =>
      KvTransfer.nixl().vllmConfig('decode', network, accelerator).kv_buffer_device;
    expect(device(Network.tcp(), XPU)).toBe('cpu');
    expect(device(Network.infiniBand(), XPU)).toBe('xpu');
    expect(device(Network.tcp(), CPU)).toBe('cpu');
    expect(device(Network.tcp(), Accelerator.AMD_MI300X)).toBeUndefined();
  });

  test('Mooncake pushes from prefill to decode', () => {
    const role = (side: 'prefill' | 'decode') => KvTransfer.mooncake().vllmConfig(side, Network.tcp(), H100).kv_role;
    expect(role('prefill')).toBe('kv_producer');
    expect(role('decode')).toBe('kv_consumer');
    expect(KvTransfer.mooncake().nixlBackends(Network.efa())).toBeUndefined();
  });

  test.each([
    ['nixl', 'vllm', 'nixlv2'],
    ['nixl', 'simulator', 'nixlv2'],
    ['nixl', 'sglang', 'sglang'],
    ['mooncake', 'vllm', 'mooncake'],
    ['mooncake', 'sglang', 'sglang'],
  ] as const)('%s with %s: the sidecar speaks %s', (kind, engine, connector) => {
    expect(KvTransfer[kind]().sidecarConnector(engine)).toBe(connector);
  });
});

describe('ComputeResources', () => {
  test.each([{ cpu: 'many' }, { memory: '96GB' }, { memory: '-1Gi' }, { ephemeralStorage: '' }, { cpu: 8 as unknown as string }])(
    '%p is no quantity',
    (resources) => {
      expect(thrownBy(() => checkResources(resources)).code).toBe('LLMD103');
    },
  );

  test('a limit is not below its request', () => {
    const error = thrownBy(() => checkResources({ memory: '1Gi', memoryLimit: '1G' }));
    expect(error.code).toBe('LLMD107');
    expect(error.detail).toContain('resources.memoryLimit');
    expect(thrownBy(() => checkResources({ cpu: '2', cpuLimit: '1500m' })).code).toBe('LLMD107');
    expect(() => checkResources({ cpu: '2', cpuLimit: '2000m', memory: '1Gi', memoryLimit: '1024Mi' })).not.toThrow();
  });
});

test('the table of models holds plausible facts', () => {
  for (const [name, { attentionHeads, kvHeads, weightGib }] of Object.entries(KNOWN_MODELS)) {
    expect(name).toMatch(/^[\w.-]+\/[\w.-]+$/);
    expect(attentionHeads % kvHeads).toBe(0);
    expect(weightGib).toBeGreaterThan(0.5);
    expect(weightGib).toBeLessThan(Size.tebibytes(2).toGibibytes());
  }
});
