import * as fc from 'fast-check';
import { Cluster } from '../../lib/cluster/cluster';
import { engineEnv, mergeEnv } from '../../lib/engines/environment';
import type { EnvVar } from '../../lib/manifests/pod';
import type { RoleSpec } from '../../lib/servers/role-spec';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import { pairSpecs, servingSpec, wholeWideSpec, wideSpecs } from '../servers/specs';

const named = (spec: RoleSpec, name: string): EnvVar | undefined => engineEnv(spec).find((variable) => variable.name === name);
const textOf = (spec: RoleSpec, name: string) => named(spec, name)?.value;

describe('merging', () => {
  const variables = fc.array(fc.record({ name: fc.constantFrom('A', 'B', 'C', 'D'), value: fc.string() }));

  test('leaves each name once, with its last value, where it first appeared', () => {
    fc.assert(
      fc.property(fc.array(variables), (lists) => {
        const all = lists.flat();
        const merged = mergeEnv(...lists);
        expect(merged.map(({ name }) => name)).toEqual([...new Set(all.map(({ name }) => name))]);
        for (const { name, value } of merged) {
          expect(value).toBe(all.filter((variable) => variable.name === name).pop()?.value);
        }
      }),
    );
  });

  test('lets the user have the last word over every layer', () => {
    const env = ['HF_HOME', 'USER', 'UCX_TLS', 'NVSHMEM_REMOTE_TRANSPORT', 'VLLM_NIXL_SIDE_CHANNEL_HOST', 'POD_IP'].map((name) => ({
      name,
      value: 'mine',
    }));
    const { decode } = wideSpecs({
      engine: Engine.vllm({ env }),
      network: Network.tcp({ ucxTransports: 'x' }),
      kvCache: KvCache.of({ publishEvents: true }),
    });
    const merged = engineEnv(decode);
    for (const { name } of env) {
      expect(merged.filter((variable) => variable.name === name)).toEqual([{ name, value: 'mine' }]);
    }
  });
});

test.each([
  ['aggregated', () => servingSpec({ kvCache: KvCache.of({ publishEvents: true }) })],
  ['prefill', () => pairSpecs().prefill],
  ['decode', () => pairSpecs({ network: Network.infiniBand({ resourceName: 'rdma/ib' }) }).decode],
  ['wide', () => wideSpecs().decode],
  ['gke', () => wideSpecs({}, { cluster: Cluster.gke() }).prefill],
  ['cpu', () => servingSpec({ accelerator: Accelerator.CPU })],
])('no variable of %s appears twice', (_, build) => {
  const names = engineEnv(build()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('the model', () => {
  test('is downloaded with a token out of a Secret', () => {
    const model = ModelSource.huggingFace('a/b', { tokenSecret: 'hf', tokenKey: 'k' });
    expect(named(servingSpec({ model }), 'HF_TOKEN')).toEqual({ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hf', key: 'k' } } });
    expect(named(servingSpec(), 'HF_TOKEN')).toBeUndefined();
  });

  test('is kept at the same place by all kinds of servers', () => {
    for (const spec of [servingSpec(), pairSpecs().decode, wideSpecs().prefill, wholeWideSpec()]) {
      expect(textOf(spec, 'HF_HUB_CACHE')).toBe('/var/cache/huggingface');
    }
  });

  test('has a home for other files where the user has none', () => {
    expect(textOf(servingSpec(), 'HF_HOME')).toBe('/.cache/huggingface');
    expect(textOf(wholeWideSpec(), 'HF_HOME')).toBeUndefined();
  });

  test('is not there for the simulator', () => {
    const model = ModelSource.huggingFace('a/b', { tokenSecret: 'hf' });
    const spec = servingSpec({ accelerator: Accelerator.SIMULATOR, model });
    expect(textOf(spec, 'HF_HOME')).toBeUndefined();
    expect(named(spec, 'HF_TOKEN')).toBeDefined();
  });
});

describe('transfers', () => {
  test('by NIXL: other pods are told an address that they can reach', () => {
    const host = { fieldRef: { fieldPath: 'status.podIP' } };
    const { prefill, decode } = pairSpecs();
    expect(named(prefill, 'VLLM_NIXL_SIDE_CHANNEL_HOST')?.valueFrom).toEqual(host);
    expect(named(decode, 'VLLM_NIXL_SIDE_CHANNEL_HOST')?.valueFrom).toEqual(host);
    expect(named(servingSpec(), 'VLLM_NIXL_SIDE_CHANNEL_HOST')).toBeUndefined();
  });

  test('prefill keeps connections longer than the sidecar uses them', () => {
    const { prefill, decode } = pairSpecs();
    expect(Number(textOf(prefill, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE'))).toBeGreaterThan(90);
    expect(textOf(decode, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE')).toBeUndefined();
  });

  test('by Mooncake: prefill hands out its address on a known port', () => {
    const { prefill, decode } = pairSpecs({ transfer: KvTransfer.mooncake() });
    expect(textOf(prefill, 'VLLM_MOONCAKE_BOOTSTRAP_PORT')).toBe('8998');
    expect(textOf(decode, 'VLLM_MOONCAKE_BOOTSTRAP_PORT')).toBeUndefined();
    expect(named(prefill, 'VLLM_NIXL_SIDE_CHANNEL_HOST')).toBeUndefined();
  });

  test('of SGLang name the backend of EFA by environment', () => {
    const engine = Engine.sglang();
    const backend = (network: Network) =>
      textOf(pairSpecs({ engine, network }, { cluster: Cluster.eks() }).decode, 'SGLANG_DISAGGREGATION_NIXL_BACKEND');
    expect(backend(Network.efa())).toBe('LIBFABRIC');
    expect(backend(Network.tcp())).toBeUndefined();
    expect(named(pairSpecs({ engine }).prefill, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE')).toBeUndefined();
  });
});

describe('what else an engine needs', () => {
  test('its address, when it publishes events', () => {
    expect(named(servingSpec(), 'POD_IP')).toBeUndefined();
    const [first] = engineEnv(servingSpec({ kvCache: KvCache.of({ publishEvents: true }) }));
    expect(first?.name).toBe('POD_IP');
  });

  test('a user name, where PyTorch would ask for one', () => {
    expect(textOf(servingSpec(), 'USER')).toBe('llm-d');
    expect(textOf(servingSpec({ accelerator: Accelerator.CPU }), 'USER')).toBe('llm-d');
    expect(textOf(servingSpec({ accelerator: Accelerator.AMD_MI300X }), 'USER')).toBeUndefined();
    expect(textOf(servingSpec({ accelerator: Accelerator.TPU_V6E }), 'USER')).toBeUndefined();
  });

  test('the settings of its device, network and cluster', () => {
    expect(textOf(servingSpec({ accelerator: Accelerator.CPU }), 'VLLM_CPU_KVCACHE_SPACE')).toBe('32');
    expect(textOf(servingSpec({ network: Network.tcp() }), 'UCX_TLS')).toBe('tcp,cuda_copy');
    expect(textOf(servingSpec({}, { cluster: Cluster.gke() }), 'NCCL_TUNER_PLUGIN')).toBe('none');
  });

  test('the address by which the nodes of a replica find one another', () => {
    const addressOf = (spec: RoleSpec) => engineEnv(spec).find(({ name }) => name === 'VLLM_HOST_IP')?.valueFrom?.fieldRef?.fieldPath;
    expect(addressOf(servingSpec({ parallelism: { tensor: 8, pipeline: 2 } }))).toBe('status.podIP');
    expect(addressOf(servingSpec({ parallelism: { data: 16 } }))).toBe('status.podIP');
    expect(addressOf(servingSpec({ parallelism: { data: 8 } }))).toBeUndefined();
    expect(addressOf(wideSpecs().decode)).toBeUndefined();
  });

  test('the settings of wide expert parallelism, by side', () => {
    const { prefill, decode } = wideSpecs({ moeBackend: 'deep_gemm' });
    expect(textOf(prefill, 'NVSHMEM_REMOTE_TRANSPORT')).toBe('ibgda');
    expect(textOf(prefill, 'VLLM_ENGINE_READY_TIMEOUT_S')).toBe('3000');
    expect(textOf(prefill, 'NVSHMEM_SYMMETRIC_SIZE')).toBeUndefined();
    expect(textOf(prefill, 'VLLM_USE_DEEP_GEMM')).toBeUndefined();
    expect(textOf(decode, 'NVSHMEM_SYMMETRIC_SIZE')).toBe('16G');
    expect(textOf(decode, 'VLLM_USE_DEEP_GEMM')).toBe('1');
    expect(textOf(wideSpecs().decode, 'VLLM_USE_DEEP_GEMM')).toBeUndefined();
    expect(textOf(servingSpec(), 'NVSHMEM_REMOTE_TRANSPORT')).toBeUndefined();
  });
});
