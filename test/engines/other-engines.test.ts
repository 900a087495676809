import { Duration } from 'cdk8s';
import { engineInvocation } from '../../lib/engines/invocation';
import { SGLANG_FLAGS, SIMULATOR_FLAGS } from '../../lib/engines/managed-flags-catalog';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvCache } from '../../lib/values/kv-cache';
import { ModelSource } from '../../lib/values/model-source';
import { pairSpecs, servingSpec } from '../servers/specs';
import { thrownBy } from '../support/errors';
import { wordsOf } from './bash';

const SGLANG = Engine.sglang();
const WORKER = { LWS_WORKER_INDEX: '1', LWS_LEADER_ADDRESS: 'm-0.m', LWS_GROUP_SIZE: '2' };

const serving = (options: Parameters<typeof servingSpec>[0]) => engineInvocation(servingSpec({ engine: SGLANG, ...options }));

describe('SGLang', () => {
  test('serves the model with metrics', () => {
    const { command, args } = serving({});
    expect(command).toEqual(['python3', '-m', 'sglang.launch_server']);
    expect(args.slice(0, 3)).toEqual(['--model-path=acme/model-7b', '--host=0.0.0.0', '--port=8000']);
    expect(args).toContain('--enable-metrics');
    expect(args).toContain('--mem-fraction-static=0.9');
    expect(args.some((arg) => arg.startsWith('--served-model-name'))).toBe(false);
  });

  test('takes all options', () => {
    const engine = Engine.sglang({ maxModelLen: 1000, memFractionStatic: 0.8, extraArgs: ['--log-level', 'info'] });
    const model = ModelSource.huggingFace('a/b', { revision: 'abc', servedName: 'chat', trustRemoteCode: true });
    const { args } = serving({ engine, model, kvCache: KvCache.of({ blockTokens: 64 }) });
    expect(args).toEqual(
      expect.arrayContaining([
        '--context-length=1000',
        '--mem-fraction-static=0.8',
        '--page-size=64',
        '--revision=abc',
        '--served-model-name=chat',
        '--trust-remote-code',
      ]),
    );
    expect(args.slice(-2)).toEqual(['--log-level', 'info']);
    expect(thrownBy(() => serving({ engine: Engine.sglang({ extraArgs: ['--tp-size=2'] }) })).code).toBe('LLMD701');
  });

  test('counts plain data ranks apart from tensor ranks', () => {
    const { args } = serving({ parallelism: { tensor: 2, data: 4 } });
    expect(args).toEqual(expect.arrayContaining(['--tensor-parallel-size=2', '--data-parallel-size=4']));
    expect(args).not.toContain('--enable-dp-attention');
  });

  test('counts all ranks of experts as tensor ranks', () => {
    const { args } = serving({ parallelism: { tensor: 2, data: 4, expert: true } });
    expect(args).toEqual(
      expect.arrayContaining(['--tensor-parallel-size=8', '--data-parallel-size=4', '--enable-dp-attention', '--expert-parallel-size=8']),
    );
  });

  test('spans nodes and serves through the first', () => {
    const spec = servingSpec({ engine: SGLANG, parallelism: { data: 16 } });
    expect(spec.launch).toBe('pipeline-nodes');
    const words = wordsOf(engineInvocation(spec), WORKER);
    expect(words).toEqual(
      expect.arrayContaining([
        '--nnodes=2',
        '--node-rank=1',
        '--dist-init-addr=m-0.m:20000',
        '--tensor-parallel-size=16',
        '--enable-dp-attention',
      ]),
    );
    const pipeline = wordsOf(serving({ parallelism: { tensor: 8, pipeline: 2 } }), WORKER);
    expect(pipeline).toEqual(expect.arrayContaining(['--pipeline-parallel-size=2', '--nnodes=2']));
  });

  test('is told its side of a pair', () => {
    const { prefill, decode } = pairSpecs({ engine: SGLANG, kvCache: KvCache.of({ publishEvents: true }) });
    expect(engineInvocation(prefill).args).toEqual(
      expect.arrayContaining([
        '--disaggregation-mode=prefill',
        '--disaggregation-transfer-backend=nixl',
        '--disaggregation-bootstrap-port=8998',
        '--port=8000',
      ]),
    );
    const { args } = engineInvocation(decode);
    expect(args).toEqual(expect.arrayContaining(['--disaggregation-mode=decode', '--port=8200']));
    const events = args.find((arg) => arg.startsWith('--kv-events-config='));
    expect(JSON.parse((events as string).slice('--kv-events-config='.length))).toEqual({
      publisher: 'zmq',
      endpoint: 'tcp://*:5556',
      topic: 'kv@$(POD_IP):8000@acme/model-7b',
    });
    for (const arg of [...args, ...engineInvocation(prefill).args]) {
      expect(SGLANG_FLAGS).toHaveProperty([(arg.split('=')[0] as string).slice(2)]);
    }
  });

  test.each([['a port for each data rank', { parallelism: { data: 16, expert: true } }]])(
    'cannot split replicas of %s over nodes between two roles',
    (_, role) => {
      expect(thrownBy(() => pairSpecs({ engine: SGLANG, prefill: role, decode: role })).code).toBe('LLMD715');
    },
  );
});

describe('the simulator', () => {
  const SIMULATOR = { accelerator: Accelerator.SIMULATOR } as const;

  test('runs the entry point of its image', () => {
    const { command, args } = engineInvocation(servingSpec(SIMULATOR));
    expect(command).toBeUndefined();
    expect(args).toEqual(['--model=acme/model-7b', '--port=8000']);
  });

  test('takes all options', () => {
    const engine = Engine.simulator({
      timeToFirstToken: Duration.seconds(1),
      interTokenLatency: Duration.millis(5),
      maxNumSeqs: 3,
      maxModelLen: 100,
      extraArgs: ['--mode=echo'],
    });
    const { args } = engineInvocation(servingSpec({ ...SIMULATOR, engine, kvCache: KvCache.of({ blockTokens: 16 }) }));
    expect(args).toEqual(
      expect.arrayContaining([
        '--time-to-first-token=1000',
        '--inter-token-latency=5',
        '--max-num-seqs=3',
        '--max-model-len=100',
        '--block-size=16',
      ]),
    );
    expect(args[args.length - 1]).toBe('--mode=echo');
    for (const arg of args.slice(0, -1)) {
      expect(SIMULATOR_FLAGS).toHaveProperty([(arg.split('=')[0] as string).slice(2)]);
    }
  });

  test('dials a subscriber to its events, so it cannot listen for one', () => {
    const error = thrownBy(() => servingSpec({ ...SIMULATOR, kvCache: KvCache.of({ publishEvents: true }) }));
    expect(error.code).toBe('LLMD715');
    const engine = Engine.simulator({ extraArgs: ['--enable-kvcache', '--zmq-endpoint=tcp://epp:5557'] });
    expect(engineInvocation(servingSpec({ ...SIMULATOR, engine })).args).toContain('--zmq-endpoint=tcp://epp:5557');
  });

  test('has few sizes of blocks', () => {
    const error = thrownBy(() => servingSpec({ ...SIMULATOR, kvCache: KvCache.of({ blockTokens: 256 }) }));
    expect(error.code).toBe('LLMD104');
    expect(error.detail).toContain('8, 16, 32, 64, 128');
  });

  test('refuses our flags', () => {
    const engine = Engine.simulator({ extraArgs: ['--port=1'] });
    expect(thrownBy(() => engineInvocation(servingSpec({ ...SIMULATOR, engine }))).code).toBe('LLMD701');
  });
});
