import type { Accelerator } from '../../lib/values/accelerator';
import type { Engine } from '../../lib/values/engine';
import { ModelSource } from '../../lib/values/model-source';
import type { Network } from '../../lib/values/network';
import type { Role, RolePlan, ServersPlan, Topology } from '../../lib/values/plan';

/** A plan of servers with these roles; only what routing reads is meant to be looked at. */
export function serversPlan(topology: Topology, roles: readonly Role[], changes: Partial<ServersPlan> = {}): ServersPlan {
  return {
    path: 'app/qwen3',
    name: 'qwen3',
    namespace: 'llm',
    topology,
    model: ModelSource.huggingFace('Qwen/Qwen3-32B').plan,
    poolLabels: { 'llm-d.ai/guide': 'qwen3' },
    targetPorts: [8000],
    engineType: 'vllm',
    roles: roles.map((role) => rolePlan(role, role === 'decode' && roles.length > 1)),
    kvBlockTokens: undefined,
    kvEventsPort: undefined,
    terminationGraceSeconds: 30,
    ...changes,
  };
}

export function rolePlan(role: Role, sidecar: boolean): RolePlan {
  return {
    path: `app/qwen3/${role}`,
    role,
    name: `qwen3-${role}`,
    workload: 'Deployment',
    replicas: 1,
    maxReplicas: 1,
    accelerator: {} as Accelerator,
    layout: { tensor: 1, pipeline: 1, data: 1, dataLocal: 1, expert: false, podsPerReplica: 1, acceleratorsPerPod: 1 },
    engine: {} as Engine,
    network: {} as Network,
    transfer: undefined,
    enginePort: sidecar ? 8200 : 8000,
    sidecar,
    containerName: 'modelserver',
    healthPort: 8000,
  };
}

export const AGGREGATED = serversPlan('aggregated', ['decode']);
export const SPLIT = serversPlan('prefill-decode', ['prefill', 'decode']);
export const WIDE = serversPlan('wide-ep', ['prefill', 'decode'], { targetPorts: [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007] });
export const EVENTS = serversPlan('aggregated', ['decode'], { kvBlockTokens: 64, kvEventsPort: 5556 });
