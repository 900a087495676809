import type { Container, PodSpec } from '../../lib/manifests/pod';
import type { Finding } from '../../lib/validation/findings';
import { buildModel, type Fields, type ModelInput, type SynthObject } from '../../lib/validation/model';
import type { Rule } from '../../lib/validation/rules/rule';
import { Accelerator } from '../../lib/values/accelerator';
import { Engine } from '../../lib/values/engine';
import { KvTransfer } from '../../lib/values/kv-transfer';
import { ModelSource } from '../../lib/values/model-source';
import { Network } from '../../lib/values/network';
import type { RolePlan, ServersPlan } from '../../lib/values/plan';

type Labels = Readonly<Record<string, string>>;

interface ObjectOptions {
  readonly path?: string;
  readonly apiVersion?: string;
  readonly namespace?: string;
  readonly labels?: Labels;
}

/** An object as it would be rendered. */
export function object(kind: string, name: string, spec: unknown = {}, options: ObjectOptions = {}): SynthObject {
  const { path = `app/${name}/${kind}`, apiVersion = 'v1', namespace = 'llm', labels = {} } = options;
  const json: Fields = { apiVersion, kind, metadata: { name, namespace, labels }, spec };
  return { path, apiVersion, kind, name, namespace, json, cluster: undefined };
}

interface WorkloadOptions extends ObjectOptions {
  readonly podLabels?: Labels;
  readonly selector?: unknown;
  readonly replicas?: number;
}

/** A Deployment whose selector is its pods' labels. */
export function deployment(name: string, pod: Partial<PodSpec>, options: WorkloadOptions = {}): SynthObject {
  const labels = options.podLabels ?? { app: name };
  const spec = {
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    selector: options.selector ?? { matchLabels: labels },
    template: { metadata: { labels }, spec: pod },
  };
  return object('Deployment', name, spec, { apiVersion: 'apps/v1', ...options });
}

/** A LeaderWorkerSet of one template. */
export function group(
  name: string,
  size: number,
  pod: Partial<PodSpec>,
  options: WorkloadOptions & { startupPolicy?: string } = {},
): SynthObject {
  const workerTemplate = { metadata: { labels: options.podLabels ?? { app: name } }, spec: pod };
  const { replicas = 1, startupPolicy } = options;
  return object('LeaderWorkerSet', name, { replicas, startupPolicy, leaderWorkerTemplate: { size, workerTemplate } }, options);
}

/** A pool of the user that selects these labels. */
export function pool(name: string, labels: Labels, ports: readonly number[] = [8000], options: ObjectOptions = {}): SynthObject {
  return object('InferencePool', name, { selector: { matchLabels: labels }, targetPorts: ports.map((number) => ({ number })) }, options);
}

/** A container with an image that is pinned, and no ports. */
export function container(changes: Partial<Container> = {}): Container {
  return { name: 'main', image: 'registry.example.com/app:1.0', ...changes };
}

export const POOL_LABELS = { 'llm-d.ai/guide': 'qwen' };

/** The plan of one role of `qwen` with one H100. */
export function role(changes: Partial<RolePlan> = {}): RolePlan {
  const name = changes.role ?? 'decode';
  return {
    path: `app/qwen/${name}`,
    role: name,
    name: `qwen-${name}`,
    workload: 'Deployment',
    replicas: 1,
    maxReplicas: 1,
    accelerator: Accelerator.NVIDIA_H100,
    layout: { tensor: 1, pipeline: 1, data: 1, dataLocal: 1, expert: false, podsPerReplica: 1, acceleratorsPerPod: 1 },
    engine: Engine.vllm(),
    network: Network.tcp(),
    transfer: undefined,
    enginePort: 8000,
    sidecar: false,
    containerName: 'modelserver',
    healthPort: 8000,
    ...changes,
  };
}

/** The plan of `qwen`. */
export function serversPlan(roles: readonly RolePlan[], changes: Partial<ServersPlan> = {}): ServersPlan {
  return {
    path: 'app/qwen',
    name: 'qwen',
    namespace: 'llm',
    topology: 'aggregated',
    model: ModelSource.huggingFace('Qwen/Qwen3-32B').plan,
    poolLabels: POOL_LABELS,
    targetPorts: [8000],
    engineType: 'vllm',
    roles,
    kvBlockTokens: undefined,
    kvEventsPort: undefined,
    terminationGraceSeconds: 30,
    ...changes,
  };
}

/** Labels of the pods of a role of `qwen`. */
export function roleLabels(name: string): Labels {
  return { ...POOL_LABELS, 'llm-d.ai/role': name };
}

type Change = (engine: Container) => Container;

/** The engine container of an aggregated server, without fault. */
export const ENGINE: Container = container({
  name: 'modelserver',
  image: 'vllm/vllm-openai:v0.23.0',
  command: ['vllm', 'serve', 'Qwen/Qwen3-32B'],
  args: ['--tensor-parallel-size=1'],
  env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
  ports: [{ name: 'modelserver', containerPort: 8000 }],
  resources: { requests: { memory: '32Gi', 'nvidia.com/gpu': '1' }, limits: { memory: '32Gi', 'nvidia.com/gpu': '1' } },
  startupProbe: { httpGet: { path: '/v1/models', port: 'modelserver' }, periodSeconds: 30, failureThreshold: 120 },
  volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }],
});

/** The shared memory that {@link ENGINE} mounts. */
export const SHM = { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '20Gi' } };

/** One aggregated server, without fault unless `change` breaks it. */
export function aggregated(change: Change = (same) => same, changes: Partial<RolePlan> = {}, pod: Partial<PodSpec> = {}): ModelInput {
  const plan = role(changes);
  const spec = { containers: [change(ENGINE)], volumes: [SHM], ...pod };
  const workload = deployment(plan.name, spec, { podLabels: roleLabels(plan.role), path: plan.path });
  return { objects: [workload, pool('qwen', POOL_LABELS)], servers: [serversPlan([plan])] };
}

const TRANSFER = JSON.stringify({ kv_connector: 'NixlConnector', kv_role: 'kv_both' });

/** Prefill of a pair, without fault. */
export const PREFILL: Container = {
  ...ENGINE,
  args: [`--kv-transfer-config=${TRANSFER}`],
  env: [
    { name: 'VLLM_NIXL_SIDE_CHANNEL_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE', value: '120' },
  ],
  ports: [
    { name: 'modelserver', containerPort: 8000 },
    { name: 'nixl', containerPort: 5600 },
  ],
};

/** Decode of a pair, without fault. */
export const DECODE: Container = {
  ...PREFILL,
  args: ['--port=8200', `--kv-transfer-config=${TRANSFER}`],
  ports: [
    { name: 'modelserver', containerPort: 8200 },
    { name: 'nixl', containerPort: 5600 },
  ],
};

/** The routing sidecar of a pair, without fault. */
export const SIDECAR: Container = container({
  name: 'routing-proxy',
  restartPolicy: 'Always',
  args: ['--port=8000', '--vllm-port=8200', '--kv-connector=nixlv2', '--secure-proxy=false'],
  ports: [{ name: 'sidecar', containerPort: 8000 }],
});

interface PairChanges {
  readonly prefill?: Change;
  readonly decode?: Change;
  readonly sidecar?: (sidecar: Container) => readonly Container[];
  readonly roles?: Partial<RolePlan>;
}

/** Prefill and decode, without fault unless a change breaks them. */
export function pair(changes: PairChanges = {}): ModelInput {
  const { prefill = (same) => same, decode = (same) => same, sidecar = (same) => [same], roles = {} } = changes;
  const transfer = KvTransfer.nixl();
  const plans = [
    role({ role: 'prefill', transfer, ...roles }),
    role({ role: 'decode', transfer, sidecar: true, enginePort: 8200, ...roles }),
  ] as const;
  const workload = (name: 'prefill' | 'decode', spec: Partial<PodSpec>) =>
    deployment(`qwen-${name}`, spec, { podLabels: roleLabels(name), path: `app/qwen/${name}` });
  return {
    objects: [
      workload('prefill', { containers: [prefill(PREFILL)], volumes: [SHM] }),
      workload('decode', { containers: [decode(DECODE)], initContainers: [...sidecar(SIDECAR)], volumes: [SHM] }),
      pool('qwen', POOL_LABELS),
    ],
    servers: [serversPlan(plans, { topology: 'prefill-decode' })],
  };
}

/** What one rule finds, as `CODE path`. */
export function found(rule: Rule, input: ModelInput): readonly string[] {
  return rule(buildModel(input)).map(({ code, path }) => `${code} ${path}`);
}

/** The sentences of what one rule finds. */
export function sentences(rule: Rule, input: ModelInput): readonly string[] {
  return rule(buildModel(input)).map(({ message }: Finding) => message);
}

/** A model of these objects alone. */
export function objects(...all: readonly SynthObject[]): ModelInput {
  return { objects: all };
}

/** The same, as if a construct of this library had made all of them. */
export function ours(...all: readonly SynthObject[]): ModelInput {
  return { objects: all, servers: [serversPlan([], { path: 'app' })] };
}
