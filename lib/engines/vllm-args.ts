import type { RoleSpec } from '../servers/role-spec';
import { secondsOf } from '../util/units';
import { type Argument, checkExtraArgs, flagName, type Invocation, plainInvocation, shellInvocation } from './arguments';
import { VLLM_FLAGS } from './managed-flags-catalog';

/** Port on which the data-parallel ranks of a group find one another. Source: the wide-EP guide. */
const DATA_PARALLEL_RPC_PORT = 5555;
const PROGRAM = ['vllm', 'serve'];
const ALL2ALL_FLAG = 'all2all-backend';

/** vLLM's command line for one role: model, ports, parallelism, engine options, transfer, then the user's. */
export function vllmInvocation(spec: RoleSpec): Invocation {
  const { vllmOptions: vllm } = spec.engine;
  const extra = vllm.extraArgs ?? [];
  checkExtraArgs(extra, spec.wide?.moeBackend === undefined ? VLLM_FLAGS : { ...VLLM_FLAGS, 'moe-backend': 'WideEPGroup `moeBackend`' });
  const program = [...PROGRAM, spec.model.reference];
  const args = [...modelArgs(spec), ...parallelArgs(spec), ...optionArgs(spec), ...transferArgs(spec)];
  return spec.launch === 'single' ? plainInvocation(program, args, extra) : shellInvocation(program, args, extra, prologue(spec));
}

/** Script lines that run before the engine. */
function prologue(spec: RoleSpec): readonly string[] {
  if (spec.launch === 'rank-ports') {
    // A restarted container keeps the pod's memory volume; segments that a killed rank left there make the next start fail.
    return ['find /dev/shm -mindepth 1 -delete'];
  }
  // The workers of a pipeline run its ranks without a server of their own.
  return spec.launch === 'pipeline-nodes' ? ['worker=; [ "$LWS_WORKER_INDEX" = 0 ] || worker=--headless'] : [];
}

function modelArgs({ model, enginePort, launch }: RoleSpec): Argument[] {
  return [
    ...(model.servedName === model.reference ? [] : [{ flag: '--served-model-name', value: model.servedName }]),
    ...(model.revision === undefined ? [] : [{ flag: '--revision', value: model.revision }]),
    ...(model.trustRemoteCode ? [{ flag: '--trust-remote-code' }] : []),
    ...(enginePort === 8000 ? [] : [{ flag: '--port', value: enginePort }]),
    // The probes of a wide group ask the supervisor, which does not know of the models.
    { flag: '--disable-access-log-for-endpoints', value: launch === 'rank-ports' ? '/health,/metrics' : '/health,/metrics,/v1/models' },
  ];
}

function parallelArgs({ layout, launch, wide, engine }: RoleSpec): Argument[] {
  // The backend of a side is a default: hardware differs, NVLink racks want another one.
  const chosen = engine.vllmOptions.extraArgs?.some((argument) => flagName(argument) === ALL2ALL_FLAG);
  return [
    { flag: '--tensor-parallel-size', value: layout.tensor },
    ...(layout.pipeline > 1 ? [{ flag: '--pipeline-parallel-size', value: layout.pipeline }] : []),
    ...(launch === 'pipeline-nodes' ? nodeArgs(layout.podsPerReplica) : []),
    ...(launch === 'single' && layout.data > 1 ? [{ flag: '--data-parallel-size', value: layout.data }] : []),
    ...(launch === 'data-nodes' ? [{ flag: '--data-parallel-hybrid-lb' }, ...dataArgs(layout)] : []),
    ...(launch === 'rank-ports' && wide !== undefined
      ? [
          { flag: '--data-parallel-multi-port-external-lb' },
          { flag: '--data-parallel-supervisor-port', value: wide.supervisorPort },
          ...dataArgs(layout),
        ]
      : []),
    ...(layout.expert ? [{ flag: '--enable-expert-parallel' }] : []),
    ...(wide?.moeBackend === undefined ? [] : [{ flag: '--moe-backend', value: wide.moeBackend }]),
    ...(wide?.all2all === undefined || chosen === true ? [] : [{ flag: `--${ALL2ALL_FLAG}`, value: wide.all2all }]),
  ];
}

function nodeArgs(nodes: number): Argument[] {
  return [
    { flag: '--nnodes', value: nodes },
    { flag: '--node-rank', value: '"$LWS_WORKER_INDEX"', shell: true },
    { flag: '--master-addr', value: '"$LWS_LEADER_ADDRESS"', shell: true },
    // Unset on the leader, so the word disappears there.
    { flag: '$worker', shell: true },
  ];
}

function dataArgs({ data, dataLocal }: RoleSpec['layout']): Argument[] {
  return [
    { flag: '--data-parallel-size', value: data },
    { flag: '--data-parallel-size-local', value: dataLocal },
    { flag: '--data-parallel-address', value: '"$LWS_LEADER_ADDRESS"', shell: true },
    { flag: '--data-parallel-rpc-port', value: DATA_PARALLEL_RPC_PORT },
    { flag: '--data-parallel-start-rank', value: `"$((LWS_WORKER_INDEX * ${dataLocal}))"`, shell: true },
  ];
}

function optionArgs({ engine: { vllmOptions: vllm }, kvCache }: RoleSpec): Argument[] {
  const valued: [string, string | number | undefined][] = [
    ['--block-size', kvCache.blockTokens],
    ['--max-model-len', vllm.maxModelLen],
    ['--max-num-seqs', vllm.maxNumSeqs],
    ['--max-num-batched-tokens', vllm.maxNumBatchedTokens],
    ['--gpu-memory-utilization', vllm.gpuMemoryUtilization],
    ['--dtype', vllm.dtype],
    ['--kv-cache-dtype', vllm.kvCacheDtype],
    ['--shutdown-timeout', vllm.shutdownTimeout === undefined ? undefined : secondsOf('engine.shutdownTimeout', vllm.shutdownTimeout)],
  ];
  return [
    ...valued.flatMap(([flag, value]) => (value === undefined ? [] : [{ flag, value }])),
    ...(vllm.hybridKvCacheManager === undefined
      ? []
      : [{ flag: vllm.hybridKvCacheManager ? '--no-disable-hybrid-kv-cache-manager' : '--disable-hybrid-kv-cache-manager' }]),
  ];
}

function transferArgs({ transfer, side, network, accelerator, kvCache, model, targetPorts }: RoleSpec): Argument[] {
  return [
    ...(transfer === undefined || side === undefined
      ? []
      : [{ flag: '--kv-transfer-config', value: JSON.stringify(transfer.vllmConfig(side, network, accelerator)) }]),
    ...(kvCache.eventsPort === undefined
      ? []
      : [
          {
            flag: '--kv-events-config',
            value: JSON.stringify({
              enable_kv_cache_events: true,
              publisher: 'zmq',
              endpoint: `tcp://*:${kvCache.eventsPort}`,
              // The kubelet replaces $(POD_IP): the router knows a pod by the address that requests are sent to.
              topic: `kv@$(POD_IP):${targetPorts[0]}@${model.servedName}`,
            }),
          },
        ]),
  ];
}
