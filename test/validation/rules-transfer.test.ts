import type { Container } from '../../lib/manifests/pod';
import type { ModelInput } from '../../lib/validation/model';
import { agreement } from '../../lib/validation/rules/agreement';
import { gracePeriod, jsonFlags, ucxMemory } from '../../lib/validation/rules/engine-flags';
import { sidecar } from '../../lib/validation/rules/sidecar';
import { efaBackend, keepAlive, sideChannel, unspecifiedNetwork } from '../../lib/validation/rules/transfer';
import { allToAll, groups, wideNetwork } from '../../lib/validation/rules/wide-ep';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { Network } from '../../lib/values/network';
import type { ParallelLayout, RolePlan } from '../../lib/values/plan';
import {
  aggregated,
  container,
  DECODE,
  deployment,
  ENGINE,
  found,
  group,
  objects,
  PREFILL,
  pair,
  role,
  roleLabels,
  SIDECAR,
  sentences,
  serversPlan,
} from './fixtures';

const PREFILL_AT = 'app/qwen/prefill';
const DECODE_AT = 'app/qwen/decode';

const env = (engine: Container, name: string, value: string | undefined): Container => ({
  ...engine,
  env: [...(engine.env ?? []).filter((one) => one.name !== name), ...(value === undefined ? [] : [{ name, value }])],
});
const args = (engine: Container, ...more: readonly string[]): Container => ({ ...engine, args: [...(engine.args ?? []), ...more] });
const config = (value: object) => `--kv-transfer-config=${JSON.stringify(value)}`;

describe('the routing sidecar', () => {
  const flags = (...list: readonly string[]) => pair({ sidecar: (same) => [{ ...same, args: list }] });
  const good = SIDECAR.args as readonly string[];
  const replace = (from: string, to: string) => flags(...good.map((flag) => (flag.startsWith(from) ? to : flag)));

  test('that fits is fine, under either name of its flags', () => {
    expect(found(sidecar, pair())).toEqual([]);
    expect(found(sidecar, replace('--vllm-port', '--model-server-port=8200'))).toEqual([]);
    expect(found(sidecar, aggregated())).toEqual([]);
  });

  test.each([
    ['is missing', pair({ sidecar: () => [] }), 'is missing'],
    ['listens elsewhere', replace('--port', '--port=8001'), 'listens on 8001, the pool sends to 8000'],
    ['looks elsewhere', replace('--vllm-port', '--vllm-port=8300'), 'looks for the engine on 8300, the engine listens on 8200'],
    ['does another transfer', replace('--kv-connector', '--kv-connector=mooncake'), 'speaks mooncake, the engine nixlv2'],
    ['talks TLS', replace('--secure-proxy', '--zap-log-level=1'), 'talks TLS to an engine that does not'],
    ['serves other ranks', flags(...good, '--data-parallel-size=2'), 'serves 2 ranks, the pool sends to 1 ports'],
  ])('is told when it %s', (_, input, problem) => {
    expect(found(sidecar, input)).toEqual([`LLMD408 ${DECODE_AT}`]);
    expect(sentences(sidecar, input)).toEqual([expect.stringContaining(`the routing sidecar of "qwen-decode" ${problem}`)]);
  });

  test('and the engine have ranges of ports that do not meet', () => {
    const ranks = pair({
      sidecar: (same) => [
        { ...same, args: [...good.filter((flag) => !flag.includes('port')), '--port=8000', '--vllm-port=8004', '--data-parallel-size=8'] },
      ],
      decode: (engine) => ({ ...engine, args: ['--port=8004', ...(engine.args ?? []).slice(1)] }),
    });
    const input = {
      ...ranks,
      servers: (ranks.servers ?? []).map((plan) => ({ ...plan, targetPorts: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => 8000 + n) })),
    };
    expect(sentences(sidecar, input)).toEqual([expect.stringContaining('use the same ports: 8 from 8000 and from 8004 on')]);
  });

  test.each([
    [
      'a connector of several',
      config({ kv_connector: 'MultiConnector', kv_connector_extra_config: { connectors: [{ kv_connector: 'NixlConnector' }] } }),
      [],
    ],
    [
      'a connector without one that it speaks',
      config({ kv_connector: 'MultiConnector', kv_connector_extra_config: { connectors: [{ kv_connector: 'MooncakeConnector' }] } }),
      [`LLMD408 ${DECODE_AT}`],
    ],
    ['a connector of the user', config({ kv_connector: 'MyConnector' }), []],
    ['none', '--max-model-len=1', [`LLMD408 ${DECODE_AT}`]],
    ['text that is no JSON', '--kv-transfer-config={', []],
    ['SGLang', '--disaggregation-mode=decode', [`LLMD408 ${DECODE_AT}`]],
  ])('is compared with %s', (_, flag, expected) => {
    expect(found(sidecar, pair({ decode: (engine) => ({ ...engine, args: ['--port=8200', flag] }) }))).toEqual(expected);
  });

  test('of an engine with a certificate talks TLS, and the simulator does every transfer', () => {
    const secure = replace('--secure-proxy', '--secure-proxy=true');
    expect(found(sidecar, secure)).toEqual([`LLMD408 ${DECODE_AT}`]);
    const certified = pair({
      sidecar: (same) => [{ ...same, args: good.slice(0, 3) }],
      decode: (engine) => args(engine, '--ssl-keyfile=/tls/key'),
    });
    expect(found(sidecar, certified)).toEqual([]);
    const simulated = pair({ roles: { engine: Engine.simulator() }, decode: (engine) => ({ ...engine, args: ['--port=8200'] }) });
    expect(found(sidecar, simulated)).toEqual([]);
  });
});

describe('the NIXL side channel', () => {
  test('has the address of its pod and a port of its own', () => {
    expect(found(sideChannel, pair())).toEqual([]);
    expect(found(sideChannel, aggregated())).toEqual([]);
    expect(found(sideChannel, pair({ roles: { transfer: KvTransfer.mooncake() }, prefill: (engine) => ({ ...engine, env: [] }) }))).toEqual(
      [],
    );
  });

  const HOST = 'VLLM_NIXL_SIDE_CHANNEL_HOST';
  const PORT = 'VLLM_NIXL_SIDE_CHANNEL_PORT';
  test.each([
    ['another address', (engine: Container) => env(engine, HOST, 'localhost'), "tells another address than the pod's"],
    ['no address', (engine: Container) => env(engine, HOST, undefined), "tells another address than the pod's"],
    ['a port that is not declared', (engine: Container) => env(engine, PORT, '5700'), 'is port 5700, which the engine does not declare'],
    [
      'the port of the engine',
      (engine: Container) => env(engine, PORT, '8000'),
      "is port 8000, on which one of the engine's ranks answers",
    ],
  ])('is told when it has %s', (_, prefill, problem) => {
    expect(found(sideChannel, pair({ prefill }))).toEqual([`LLMD406 ${PREFILL_AT}`]);
    expect(sentences(sideChannel, pair({ prefill }))).toEqual([
      expect.stringContaining(`the NIXL side channel of "qwen-prefill" ${problem}`),
    ]);
  });

  test('may take the address from a variable, and shares its port with no container', () => {
    expect(found(sideChannel, pair({ prefill: (engine) => env(engine, HOST, '$(POD_IP)') }))).toEqual([]);
    const shared = pair({ sidecar: (same) => [{ ...same, ports: [{ containerPort: 8000 }, { containerPort: 5600 }] }] });
    expect(sentences(sideChannel, shared)).toEqual([expect.stringContaining('is port 5600, which container "routing-proxy" uses')]);
  });
});

test('prefill keeps connections longer than the sidecar', () => {
  const kept = (value: string | undefined) => pair({ prefill: (engine) => env(engine, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE', value) });
  expect(found(keepAlive, pair())).toEqual([]);
  expect(found(keepAlive, kept('91'))).toEqual([]);
  expect(found(keepAlive, kept('90'))).toEqual([`LLMD407 ${PREFILL_AT}`]);
  expect(sentences(keepAlive, kept(undefined))).toEqual([expect.stringContaining('prefill keeps idle connections 5 s')]);
  expect(
    found(
      keepAlive,
      aggregated((engine) => env(engine, 'X', '1')),
    ),
  ).toEqual([]);
});

describe('the network of a transfer', () => {
  const unspecified: Partial<RolePlan> = { network: Network.UNSPECIFIED };
  const withUcx = (engine: Container) => env(engine, 'UCX_TLS', 'tcp');

  test('is said by someone', () => {
    expect(found(unspecifiedNetwork, pair())).toEqual([]);
    expect(found(unspecifiedNetwork, pair({ roles: unspecified }))).toEqual(['LLMD404 app/qwen']);
    expect(found(unspecifiedNetwork, pair({ roles: unspecified, prefill: withUcx, decode: withUcx }))).toEqual([]);
    const rdma = (engine: Container) => ({ ...engine, resources: { limits: { 'nvidia.com/gpu': '1', 'rdma/ib': '1' } } });
    expect(found(unspecifiedNetwork, pair({ roles: unspecified, prefill: rdma, decode: rdma }))).toEqual([]);
    expect(found(unspecifiedNetwork, pair({ roles: { ...unspecified, accelerator: Accelerator.TPU_V6E } }))).toEqual([]);
    expect(found(unspecifiedNetwork, pair({ roles: { ...unspecified, transfer: KvTransfer.mooncake() } }))).toEqual([]);
  });

  test('EFA is spoken by libfabric', () => {
    const efa = (backends?: readonly string[]): ModelInput => {
      const flag = config({
        kv_connector: 'NixlConnector',
        kv_role: 'kv_both',
        ...(backends === undefined ? {} : { kv_connector_extra_config: { backends } }),
      });
      const change = (port: string) => (engine: Container) => ({ ...engine, args: [port, flag] });
      return pair({ roles: { network: Network.efa() }, prefill: change('--port=8000'), decode: change('--port=8200') });
    };
    expect(found(efaBackend, efa(['LIBFABRIC']))).toEqual([]);
    expect(found(efaBackend, efa())).toEqual([`LLMD405 ${PREFILL_AT}`, `LLMD405 ${DECODE_AT}`]);
    expect(sentences(efaBackend, efa(['UCX', 'GDS']))[0]).toContain('the NIXL backends are UCX, GDS');
    expect(found(efaBackend, pair())).toEqual([]);
  });
});

describe('prefill and decode agree', () => {
  test('on all that the cache depends on', () => {
    expect(found(agreement, pair())).toEqual([]);
    expect(found(agreement, aggregated())).toEqual([]);
  });

  const swap = (value: object) => (engine: Container) => ({ ...engine, args: ['--port=8200', config(value)] });
  test.each([
    ['block', (engine: Container) => args(engine, '--block-size=128'), "tokens of a KV block (the engine's default and 128)"],
    ['precision', (engine: Container) => args(engine, '--kv_cache_dtype', 'fp8'), 'the precision of the KV cache'],
    ['weights', (engine: Container) => args(engine, '--dtype=float16'), 'the precision of the weights'],
    [
      'model',
      (engine: Container) => ({ ...engine, command: ['vllm', 'serve', 'other/model'] }),
      'the model (Qwen/Qwen3-32B and other/model)',
    ],
    ['revision', (engine: Container) => args(engine, '--revision=abc'), 'the model revision'],
    [
      'image',
      (engine: Container) => ({ ...engine, image: 'vllm/vllm-openai:v0.22.0' }),
      'the version of the engine image (v0.23.0 and v0.22.0)',
    ],
    [
      'connector',
      swap({ kv_connector: 'MooncakeConnector', kv_role: 'kv_both' }),
      'the KV connector (NixlConnector and MooncakeConnector)',
    ],
    ['side', swap({ kv_connector: 'NixlConnector', kv_role: 'kv_producer' }), 'the side of the transfer (kv_both and kv_producer)'],
  ])('on the %s', (_, decode, what) => {
    expect(found(agreement, pair({ decode }))).toEqual(['LLMD403 app/qwen']);
    expect(sentences(agreement, pair({ decode }))).toEqual([expect.stringContaining(what)]);
  });

  test('but may run images of two repositories', () => {
    expect(found(agreement, pair({ decode: (engine) => ({ ...engine, image: 'ghcr.io/llm-d/llm-d-rocm:v0.7.0' }) }))).toEqual([]);
    expect(found(agreement, pair({ decode: (engine) => ({ ...engine, image: '(a token)' }) }))).toEqual([]);
  });
});

describe('flags of engines', () => {
  const flag = (...words: readonly string[]) => aggregated((engine) => ({ ...engine, args: words }));

  test('hold JSON where the engine reads JSON', () => {
    expect(found(jsonFlags, pair())).toEqual([]);
    expect(found(jsonFlags, flag('--compilation-config=3', '--max-model-len=x'))).toEqual([]);
    expect(found(jsonFlags, flag('--kv_transfer_config', "{'a': 1}"))).toEqual([`LLMD713 ${DECODE_AT}`]);
    expect(sentences(jsonFlags, flag('--kv-events-config'))).toEqual([
      'the value of --kv-events-config in container "modelserver" is not JSON: it has no value',
    ]);
    const script = (text: string) => aggregated((engine) => ({ ...engine, command: ['/bin/bash', '-c'], args: [text] }));
    expect(found(jsonFlags, script(`exec vllm serve m \\\n  '--kv-transfer-config={"a": "b c"}' --x`))).toEqual([]);
    expect(found(jsonFlags, script(`exec vllm serve m --kv-transfer-config={"a":1}`))).toEqual([`LLMD713 ${DECODE_AT}`]);
    expect(found(jsonFlags, objects(deployment('mine', { containers: [container({ args: ['--hf-overrides=x'] })] })))).toEqual([]);
  });

  test('leave the engine time to end', () => {
    const grace = (seconds: number | undefined, ...words: readonly string[]) =>
      aggregated((engine) => ({ ...engine, args: words }), {}, seconds === undefined ? {} : { terminationGracePeriodSeconds: seconds });
    expect(found(gracePeriod, grace(60, '--shutdown-timeout=60'))).toEqual([]);
    expect(found(gracePeriod, grace(undefined))).toEqual([]);
    expect(sentences(gracePeriod, grace(undefined, '--shutdown-timeout=31'))).toEqual([
      expect.stringContaining('pods have 30 s to end, the engine may take 31 s'),
    ]);
    expect(found(gracePeriod, grace(59, '--shutdown-timeout', '60'))).toEqual([`LLMD714 ${DECODE_AT}`]);
  });

  test('let UCX copy the memory of their devices', () => {
    const ucx = (value: string, accelerator = Accelerator.NVIDIA_H100) =>
      aggregated((engine) => env(engine, 'UCX_TLS', value), { accelerator });
    expect(found(ucxMemory, ucx('rc,ud,cuda_copy'))).toEqual([]);
    expect(found(ucxMemory, ucx('cuda_copy,tcp', Accelerator.AMD_MI300X))).toEqual([`LLMD709 ${DECODE_AT}`]);
    expect(sentences(ucxMemory, ucx('rocm_ipc,ze_copy,tcp'))).toEqual([expect.stringContaining('names rocm_ipc, ze_copy, which copies')]);
    expect(sentences(ucxMemory, ucx('cuda_copy', Accelerator.CPU))).toEqual([expect.stringContaining('use none of them for CPU')]);
  });
});

describe('wide expert parallelism', () => {
  const layout: ParallelLayout = { tensor: 1, pipeline: 1, data: 16, dataLocal: 8, expert: true, podsPerReplica: 2, acceleratorsPerPod: 8 };
  const wide = (flags: readonly string[], changes: Partial<RolePlan> = {}, size = 2, startupPolicy = 'LeaderCreated'): ModelInput => {
    const plan = role({ workload: 'LeaderWorkerSet', layout, network: Network.infiniBand(), ...changes });
    const spec = { containers: [{ ...ENGINE, args: [...flags] }] };
    const workload = group(plan.name, size, spec, { podLabels: roleLabels(plan.role), path: plan.path, startupPolicy });
    return { objects: [workload], servers: [serversPlan([plan], { topology: 'wide-ep' })] };
  };
  const transfer = KvTransfer.nixl();

  test('has an all-to-all backend that fits', () => {
    const both = ['--enable-expert-parallel', '--all2all-backend=deepep_low_latency'];
    expect(found(allToAll, wide(both, { transfer }))).toEqual([]);
    expect(found(allToAll, wide(['--all2all-backend=deepep_low_latency']))).toEqual([`LLMD409 ${DECODE_AT}`]);
    expect(sentences(allToAll, wide(['--enable-expert-parallel', '--all2all-backend=deepep_high_throughput'], { transfer }))).toEqual([
      expect.stringContaining('deepep_high_throughput is made for prefill'),
    ]);
    expect(sentences(allToAll, wide(both, { transfer, role: 'prefill' }))).toEqual([
      expect.stringContaining('deepep_low_latency is made for decode'),
    ]);
    // One kind of group does both.
    expect(found(allToAll, wide(['--enable-expert-parallel', '--all2all-backend=deepep_high_throughput']))).toEqual([]);
    expect(found(allToAll, wide(['--all2all-backend=naive']))).toEqual([]);
  });

  test('wants RDMA between its pods', () => {
    expect(found(wideNetwork, wide([]))).toEqual([]);
    expect(found(wideNetwork, wide([], { network: Network.tcp() }))).toEqual([`LLMD410 ${DECODE_AT}`]);
    expect(found(wideNetwork, wide([], { network: Network.tcp(), layout: { ...layout, podsPerReplica: 1 } }))).toEqual([]);
    expect(found(wideNetwork, aggregated(undefined, { layout }))).toEqual([]);
  });

  test('has groups of the size that its ranks need', () => {
    const ranks = ['--data-parallel-size=16', '--data-parallel-size-local=8', '--data-parallel-address=$LWS_LEADER_ADDRESS'];
    expect(found(groups, wide(ranks))).toEqual([]);
    expect(sentences(groups, wide([], {}, 3))).toEqual([
      'LeaderWorkerSet "qwen-decode" has groups of 3 pods, the parallel layout needs 2: change `parallelism` instead',
    ]);
    expect(found(groups, wide(['--data-parallel-size=32', '--data-parallel-size-local=8']))).toEqual([`LLMD414 ${DECODE_AT}`]);
    expect(found(groups, aggregated())).toEqual([]);
  });

  test('starts its workers when the leader is created', () => {
    const waits = ['--data-parallel-address=$LWS_LEADER_ADDRESS'];
    expect(found(groups, wide(waits, {}, 2, 'LeaderReady'))).toEqual([`LLMD411 ${DECODE_AT}`]);
    expect(found(groups, wide([], {}, 2, 'LeaderReady'))).toEqual([]);
    expect(found(groups, wide([], {}, 2, 'Later'))).toEqual([`LLMD411 ${DECODE_AT}`]);
  });
});

test('the fixtures of a pair are what these tests break', () => {
  expect(PREFILL.env).toHaveLength(2);
  expect(DECODE.args?.[0]).toBe('--port=8200');
});
