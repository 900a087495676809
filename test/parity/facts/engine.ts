import type { ContainerFacts, ProbeFacts } from './types';

/** Base of all single-host guides: probes ask the named port; the overlays set these timings. */
export function engineProbes(port: number): Record<'startup' | 'liveness' | 'readiness', ProbeFacts> {
  return {
    startup: { ask: 'GET /v1/models', port, initialDelay: 15, period: 30, timeout: 5, failures: 120 },
    liveness: { ask: 'GET /health', port, initialDelay: 0, period: 10, timeout: 5, failures: 3 },
    readiness: { ask: 'GET /v1/models', port, initialDelay: 0, period: 5, timeout: 2, failures: 3 },
  };
}

/** Base of all single-host guides: shared memory, and a writable home for a user that the cluster chooses. */
export const ENGINE_MOUNTS = {
  '/dev/shm': 'emptyDir Memory 20Gi',
  '/.cache': 'emptyDir',
  '/.triton': 'emptyDir',
  '/.config': 'emptyDir',
};

/** The Secret that every guide asks for. */
export const HF_TOKEN = { HF_TOKEN: 'secret:llm-d-hf-token/HF_TOKEN' };
/** Component of the vLLM image for NVIDIA: the name that PyTorch asks for. */
export const USER = { USER: 'llm-d' };

/** Labels of all pods of a guide. */
export function labels(guide: string, role: string, model: string): Record<string, string> {
  return {
    'llm-d.ai/guide': guide,
    'llm-d.ai/role': role,
    'llm-d.ai/model': model,
    'llm-d.ai/accelerator-vendor': 'nvidia',
    'llm-d.ai/accelerator-variant': 'gpu',
  };
}

/** Base of prefill/decode: the routing proxy as a native sidecar; wide expert parallelism adds flags and ports. */
export function routingProxy(extra: ContainerFacts['args'], ports: Readonly<Record<string, number>>): ContainerFacts {
  return {
    image: 'ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.9.0',
    pull: 'Always',
    program: '',
    args: [
      ['--port', '8000'],
      ['--vllm-port', '8200'],
      ['--kv-connector', 'nixlv2'],
      ['--zap-log-level', '1'],
      ['--secure-proxy', 'false'],
      ...extra,
    ],
    env: {},
    requests: {},
    limits: {},
    ports,
    probes: {},
    mounts: {},
    security: { allowPrivilegeEscalation: 'false', runAsNonRoot: 'true' },
    nativeSidecar: true,
  };
}

/** `name0: first`, `name1: first + 1`, … */
export function portRange(name: string, first: number, count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, first + index]));
}
