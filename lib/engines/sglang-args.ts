import type { RoleSpec } from '../servers/role-spec';
import { BOOTSTRAP_PORT } from '../values/kv-transfer';
import { type Argument, checkExtraArgs, type Invocation, plainInvocation, shellInvocation } from './arguments';
import { SGLANG_FLAGS } from './managed-flags-catalog';

/** Port on which the nodes of a replica find one another. Source: SGLang's multi-node examples. */
const DIST_INIT_PORT = 20000;
/** Share of device memory for weights and cache. Source: the optimized-baseline guide. */
const MEM_FRACTION_STATIC = 0.9;
const PROGRAM = ['python3', '-m', 'sglang.launch_server'];

/** SGLang's command line for one role: model, ports, parallelism, engine options, transfer, then the user's. */
export function sglangInvocation(spec: RoleSpec): Invocation {
  const extra = spec.engine.sglangOptions.extraArgs ?? [];
  checkExtraArgs(extra, SGLANG_FLAGS);
  const args = [...modelArgs(spec), ...parallelArgs(spec), ...optionArgs(spec), ...transferArgs(spec)];
  return spec.launch === 'single' ? plainInvocation(PROGRAM, args, extra) : shellInvocation(PROGRAM, args, extra);
}

function modelArgs({ model, enginePort }: RoleSpec): Argument[] {
  return [
    { flag: '--model-path', value: model.reference },
    ...(model.servedName === model.reference ? [] : [{ flag: '--served-model-name', value: model.servedName }]),
    ...(model.revision === undefined ? [] : [{ flag: '--revision', value: model.revision }]),
    ...(model.trustRemoteCode ? [{ flag: '--trust-remote-code' }] : []),
    { flag: '--host', value: '0.0.0.0' },
    { flag: '--port', value: enginePort },
    // The router reads queue lengths and cache use from the metrics page.
    { flag: '--enable-metrics' },
    { flag: '--uvicorn-access-log-exclude-prefixes', value: '/metrics' },
  ];
}

function parallelArgs({ layout, launch }: RoleSpec): Argument[] {
  // With data-parallel attention SGLang counts all ranks as tensor ranks. Experts over data ranks, and data ranks over nodes, need it.
  const attention = layout.data > 1 && (layout.expert || launch !== 'single');
  return [
    { flag: '--tensor-parallel-size', value: attention ? layout.tensor * layout.data : layout.tensor },
    ...(layout.pipeline > 1 ? [{ flag: '--pipeline-parallel-size', value: layout.pipeline }] : []),
    ...(layout.data > 1 ? [{ flag: '--data-parallel-size', value: layout.data }] : []),
    ...(attention ? [{ flag: '--enable-dp-attention' }] : []),
    ...(layout.expert ? [{ flag: '--expert-parallel-size', value: layout.tensor * layout.data }] : []),
    ...(launch === 'single'
      ? []
      : [
          { flag: '--nnodes', value: layout.podsPerReplica },
          { flag: '--node-rank', value: '"$LWS_WORKER_INDEX"', shell: true },
          { flag: '--dist-init-addr', value: `"$LWS_LEADER_ADDRESS:${DIST_INIT_PORT}"`, shell: true },
        ]),
  ];
}

function optionArgs({ engine: { sglangOptions: sglang }, kvCache }: RoleSpec): Argument[] {
  return [
    ...(kvCache.blockTokens === undefined ? [] : [{ flag: '--page-size', value: kvCache.blockTokens }]),
    ...(sglang.maxModelLen === undefined ? [] : [{ flag: '--context-length', value: sglang.maxModelLen }]),
    { flag: '--mem-fraction-static', value: sglang.memFractionStatic ?? MEM_FRACTION_STATIC },
  ];
}

function transferArgs({ transfer, side, kvCache, model, targetPorts }: RoleSpec): Argument[] {
  return [
    ...(transfer === undefined || side === undefined
      ? []
      : [
          { flag: '--disaggregation-mode', value: side },
          { flag: '--disaggregation-transfer-backend', value: transfer.kind },
          { flag: '--disaggregation-bootstrap-port', value: BOOTSTRAP_PORT },
        ]),
    ...(kvCache.eventsPort === undefined
      ? []
      : [
          {
            flag: '--kv-events-config',
            value: JSON.stringify({
              publisher: 'zmq',
              endpoint: `tcp://*:${kvCache.eventsPort}`,
              topic: `kv@$(POD_IP):${targetPorts[0]}@${model.servedName}`,
            }),
          },
        ]),
  ];
}
