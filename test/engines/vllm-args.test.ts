import { Duration } from 'cdk8s';
import type { Invocation } from '../../lib/engines/arguments';
import { engineInvocation } from '../../lib/engines/invocation';
import { VLLM_FLAGS } from '../../lib/engines/managed-flags-catalog';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { ModelSource } from '../../lib/values/model-source';
import { pairSpecs, servingSpec, wholeWideSpec, wideSpecs } from '../servers/specs';
import { thrownBy } from '../support/errors';
import { wordsOf } from './bash';

const LEADER = { LWS_WORKER_INDEX: '0', LWS_LEADER_ADDRESS: 'm-0.m.llm', LWS_GROUP_SIZE: '2' };
const WORKER = { ...LEADER, LWS_WORKER_INDEX: '1' };

/** The value behind `=` of a flag; undefined when the flag is absent. */
function flagValue(words: readonly string[], flag: string): string | undefined {
  const found = words.filter((word) => word.startsWith(`${flag}=`));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.slice(flag.length + 1);
}

const plain = (invocation: Invocation) => [...(invocation.command ?? []), ...invocation.args];
const serving = (options: Parameters<typeof servingSpec>[0] = {}) => plain(engineInvocation(servingSpec(options)));

describe('one pod', () => {
  test('serves the model without a shell', () => {
    const words = serving();
    expect(words.slice(0, 3)).toEqual(['vllm', 'serve', 'acme/model-7b']);
    expect(words).toContain('--tensor-parallel-size=1');
    expect(words).toContain('--disable-access-log-for-endpoints=/health,/metrics,/v1/models');
    for (const flag of [
      '--served-model-name',
      '--revision',
      '--port',
      '--trust-remote-code',
      '--block-size',
      '--dtype',
      '--data-parallel-size',
    ]) {
      expect(words.some((word) => word.startsWith(flag))).toBe(false);
    }
  });

  test('is told what the model asks for', () => {
    const model = ModelSource.huggingFace('a/b', { revision: 'abc', servedName: 'chat', trustRemoteCode: true });
    const words = serving({ model });
    expect(flagValue(words, '--revision')).toBe('abc');
    expect(flagValue(words, '--served-model-name')).toBe('chat');
    expect(words).toContain('--trust-remote-code');
    expect(serving({ model: ModelSource.pvc('w', 'a/b') })[2]).toBe('/model-cache/a/b');
    expect(flagValue(serving({ model: ModelSource.pvc('w', 'a/b') }), '--served-model-name')).toBe('a/b');
  });

  test('cuts the model as the layout says', () => {
    const words = serving({ parallelism: { tensor: 2, pipeline: 2, data: 2, expert: true } });
    expect(flagValue(words, '--tensor-parallel-size')).toBe('2');
    expect(flagValue(words, '--pipeline-parallel-size')).toBe('2');
    expect(flagValue(words, '--data-parallel-size')).toBe('2');
    expect(words).toContain('--enable-expert-parallel');
  });

  test('takes all options of the engine', () => {
    const words = serving({
      engine: Engine.vllm({
        maxModelLen: 1000,
        maxNumSeqs: 10,
        maxNumBatchedTokens: 20,
        gpuMemoryUtilization: 0.5,
        dtype: 'bfloat16',
        kvCacheDtype: 'fp8',
        shutdownTimeout: Duration.millis(1500),
        hybridKvCacheManager: false,
      }),
      kvCache: KvCache.of({ blockTokens: 64 }),
    });
    expect(words).toEqual(
      expect.arrayContaining([
        '--max-model-len=1000',
        '--max-num-seqs=10',
        '--max-num-batched-tokens=20',
        '--gpu-memory-utilization=0.5',
        '--dtype=bfloat16',
        '--kv-cache-dtype=fp8',
        '--shutdown-timeout=2',
        '--disable-hybrid-kv-cache-manager',
        '--block-size=64',
      ]),
    );
    expect(serving({ engine: Engine.vllm({ hybridKvCacheManager: true }) })).toContain('--no-disable-hybrid-kv-cache-manager');
  });

  test('puts the words of the user last, as they are', () => {
    const words = serving({ engine: Engine.vllm({ extraArgs: ['--seed', '1', '--chat-template', "it's {{ $x }}"] }) });
    expect(words.slice(-4)).toEqual(['--seed', '1', '--chat-template', "it's {{ $x }}"]);
    expect(thrownBy(() => serving({ engine: Engine.vllm({ extraArgs: ['--port', '1'] }) })).code).toBe('LLMD701');
    expect(serving({ engine: Engine.vllm({ extraArgs: ['--moe-backend=deep_gemm'] }) })).toContain('--moe-backend=deep_gemm');
  });

  test('publishes events under the address that requests are sent to', () => {
    const words = serving({ kvCache: KvCache.of({ publishEvents: true, eventsPort: 6000 }) });
    expect(JSON.parse(flagValue(words, '--kv-events-config') as string)).toEqual({
      enable_kv_cache_events: true,
      publisher: 'zmq',
      endpoint: 'tcp://*:6000',
      topic: 'kv@$(POD_IP):8000@acme/model-7b',
    });
  });
});

describe('a pair', () => {
  test('listens on 8000 for prompts and behind the sidecar on 8200', () => {
    const { prefill, decode } = pairSpecs();
    expect(flagValue(plain(engineInvocation(prefill)), '--port')).toBeUndefined();
    expect(flagValue(plain(engineInvocation(decode)), '--port')).toBe('8200');
  });

  test('hands over its cache, by valid JSON on both sides', () => {
    const { prefill, decode } = pairSpecs({ transfer: KvTransfer.mooncake() });
    const role = (spec: typeof prefill) => JSON.parse(flagValue(plain(engineInvocation(spec)), '--kv-transfer-config') as string).kv_role;
    expect(role(prefill)).toBe('kv_producer');
    expect(role(decode)).toBe('kv_consumer');
  });

  test('publishes the port of requests, not that of the engine', () => {
    const { decode } = pairSpecs({ kvCache: KvCache.of({ publishEvents: true }) });
    expect(flagValue(plain(engineInvocation(decode)), '--kv-events-config')).toContain('kv@$(POD_IP):8000@');
  });
});

describe('pipeline stages over nodes', () => {
  const spec = () => servingSpec({ parallelism: { tensor: 8, pipeline: 2 }, engine: Engine.vllm({ extraArgs: ['--x', "it's"] }) });

  test('start with a server on the leader', () => {
    const words = wordsOf(engineInvocation(spec()), LEADER);
    expect(words.slice(0, 3)).toEqual(['vllm', 'serve', 'acme/model-7b']);
    expect(words).not.toContain('--headless');
    expect(words).not.toContain('');
    expect(words).toEqual(expect.arrayContaining(['--nnodes=2', '--node-rank=0', '--master-addr=m-0.m.llm', '--pipeline-parallel-size=2']));
    expect(words.slice(-2)).toEqual(['--x', "it's"]);
  });

  test('and without one on the workers', () => {
    const words = wordsOf(engineInvocation(spec()), WORKER);
    expect(words).toContain('--headless');
    expect(words).toContain('--node-rank=1');
  });

  test('do not start outside of a LeaderWorkerSet', () => {
    expect(() => wordsOf(engineInvocation(spec()), {})).toThrow(/LWS_/);
  });

  test('are the hosts of a TPU slice too', () => {
    const words = wordsOf(engineInvocation(servingSpec({ accelerator: Accelerator.tpu('v6e', '4x4') })), WORKER);
    expect(words).toEqual(expect.arrayContaining(['--tensor-parallel-size=16', '--nnodes=4', '--headless']));
  });
});

describe('data ranks over nodes', () => {
  test('start on each node behind one port', () => {
    const words = wordsOf(engineInvocation(servingSpec({ parallelism: { data: 16, dataLocal: 4 } })), { ...LEADER, LWS_WORKER_INDEX: '3' });
    expect(words).toEqual(
      expect.arrayContaining([
        '--data-parallel-hybrid-lb',
        '--data-parallel-size=16',
        '--data-parallel-size-local=4',
        '--data-parallel-start-rank=12',
        '--data-parallel-address=m-0.m.llm',
      ]),
    );
    expect(words).not.toContain('--headless');
  });
});

describe('a port for each rank', () => {
  test('with a supervisor above them, and the backend of each side', () => {
    const { prefill, decode } = wideSpecs({ moeBackend: 'deep_gemm' });
    const [first, second] = [wordsOf(engineInvocation(prefill), WORKER), wordsOf(engineInvocation(decode), WORKER)];
    expect(first).toEqual(
      expect.arrayContaining([
        '--data-parallel-multi-port-external-lb',
        '--data-parallel-supervisor-port=8008',
        '--data-parallel-size=16',
        '--data-parallel-start-rank=8',
        '--enable-expert-parallel',
        '--all2all-backend=deepep_high_throughput',
        '--moe-backend=deep_gemm',
        '--disable-access-log-for-endpoints=/health,/metrics',
      ]),
    );
    expect(second).toEqual(
      expect.arrayContaining(['--data-parallel-supervisor-port=8208', '--port=8200', '--all2all-backend=deepep_low_latency']),
    );
    const transfer = JSON.parse(flagValue(second, '--kv-transfer-config') as string);
    expect(transfer.kv_load_failure_policy).toBe('fail');
  });

  test('clears what a killed rank left in shared memory', () => {
    expect(engineInvocation(wholeWideSpec()).args[0]).toContain('find /dev/shm -mindepth 1 -delete\n');
  });

  test('without a side the engine chooses the backend', () => {
    const words = wordsOf(engineInvocation(wholeWideSpec()), LEADER);
    expect(flagValue(words, '--all2all-backend')).toBeUndefined();
    expect(flagValue(words, '--data-parallel-supervisor-port')).toBe('8008');
    expect(flagValue(words, '--kv-transfer-config')).toBeUndefined();
  });

  test('the user may choose the backend of a side, and the kernel in one place', () => {
    const engine = Engine.vllm({ extraArgs: ['--all2all_backend', 'flashinfer_nvlink_one_sided'] });
    const words = wordsOf(engineInvocation(wideSpecs({ engine }).decode), LEADER);
    expect(words.filter((word) => word.startsWith('--all2all'))).toEqual(['--all2all_backend']);
    const twice = wideSpecs({ moeBackend: 'deep_gemm', engine: Engine.vllm({ extraArgs: ['--moe-backend=x'] }) }).decode;
    expect(thrownBy(() => engineInvocation(twice)).code).toBe('LLMD701');
  });
});

test('each flag that we write is in the table of managed flags', () => {
  const specs = [
    servingSpec({ parallelism: { tensor: 8, pipeline: 2 }, kvCache: KvCache.of({ publishEvents: true, blockTokens: 16 }) }),
    servingSpec({ parallelism: { data: 16 } }),
    wideSpecs().decode,
    pairSpecs({ engine: Engine.vllm({ maxModelLen: 1, dtype: 'x', shutdownTimeout: Duration.seconds(1) }) }).decode,
  ];
  for (const spec of specs) {
    const words = spec.launch === 'single' ? plain(engineInvocation(spec)) : wordsOf(engineInvocation(spec), WORKER);
    for (const word of words.filter((each) => each.startsWith('--') && !each.startsWith('--all2all'))) {
      expect(VLLM_FLAGS).toHaveProperty([(word.split('=')[0] as string).slice(2)]);
    }
  }
});
