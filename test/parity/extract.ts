import { parse } from 'yaml';
import { parseQuantity } from '../../lib/util/quantity';
import { envoyFacts } from './envoy';
import type { Arguments, ContainerFacts, GuideFacts, PickerFacts, PodFacts, ProbeFacts, Role, RoleFacts, RouterFacts } from './facts/types';
import { execWords } from './shell-words';

/** A manifest, or a part of one, as it was synthesized. */
// biome-ignore lint/suspicious/noExplicitAny: it looks into manifests of every kind
export type Json = any;

/** The facts of what we synthesize, in the shape of upstream's. Objects are found by what they are for, not by name. */
export function extract(objects: readonly Json[]): GuideFacts {
  const ofKind = (kind: string): Json[] => objects.filter((object) => object.kind === kind);
  const pool = only(ofKind('InferencePool'), 'InferencePool');
  const router = only(ofKind('Deployment').filter(isRouter), 'router');
  const configs = ofKind('ConfigMap').flatMap(({ data }) => Object.values(data as Record<string, string>).map((text) => parse(text)));
  return {
    namespace: [...new Set(objects.map(({ metadata }) => metadata.namespace))].join(', '),
    objects: counts(objects),
    roles: Object.fromEntries(
      [...ofKind('Deployment'), ...ofKind('LeaderWorkerSet')]
        .filter((workload) => !isRouter(workload))
        .map((workload) => [podTemplate(workload).metadata.labels['llm-d.ai/role'] as Role, roleFacts(workload, ofKind('ServiceAccount'))]),
    ),
    pool: {
      selector: pool.spec.selector.matchLabels,
      ports: pool.spec.targetPorts.map(({ number }: Json) => number).join(', '),
      appProtocol: pool.spec.appProtocol,
      failureMode: pool.spec.endpointPickerRef.failureMode,
      pickerPort: pool.spec.endpointPickerRef.port.number,
    },
    picker: pickerFacts(
      only(
        configs.filter(({ kind }) => kind === 'EndpointPickerConfig'),
        'EndpointPickerConfig',
      ),
    ),
    router: routerFacts(router, ofKind('Service'), ofKind('Role')),
    envoy: envoyFacts(
      only(
        configs.filter(({ static_resources }) => static_resources !== undefined),
        'Envoy bootstrap',
      ),
    ),
  };
}

function only(found: readonly Json[], what: string): Json {
  if (found.length !== 1) {
    throw new Error(`there must be one ${what}, there are ${found.length}`);
  }
  return found[0];
}

function counts(objects: readonly Json[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { kind } of objects) {
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

function podTemplate({ spec }: Json): Json {
  return spec.template ?? spec.leaderWorkerTemplate.workerTemplate;
}

function isRouter(workload: Json): boolean {
  return workload.kind === 'Deployment' && podTemplate(workload).spec.containers.some(({ name }: Json) => name === 'epp');
}

function roleFacts(workload: Json, accounts: readonly Json[]): RoleFacts {
  const { spec } = workload;
  const size: number = spec.leaderWorkerTemplate?.size ?? 1;
  // Of the environment that LeaderWorkerSet gives to the pods, with the second pod of a group as the example.
  const group = { LWS_GROUP_SIZE: String(size), LWS_WORKER_INDEX: '1' };
  return {
    workload: workload.kind,
    replicas: spec.replicas,
    size,
    selector: spec.selector?.matchLabels ?? {},
    ...podFacts(podTemplate(workload), accounts, group),
  };
}

function podFacts({ metadata, spec }: Json, accounts: readonly Json[], group: Record<string, string>): PodFacts {
  const account = accounts.find((candidate) => candidate.metadata.name === spec.serviceAccountName);
  const container = (json: Json, nativeSidecar: boolean) => [nameOf(json), containerFacts(json, spec.volumes ?? [], nativeSidecar, group)];
  return {
    labels: metadata.labels,
    graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
    automountToken: spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true,
    security: fields(spec.securityContext ?? {}),
    containers: Object.fromEntries([
      ...spec.containers.map((json: Json) => container(json, false)),
      ...(spec.initContainers ?? []).map((json: Json) => container(json, json.restartPolicy === 'Always')),
    ]),
  };
}

/** Upstream calls the engine `modelserver`, and `vllm` in one guide: the name is of no consequence. */
function nameOf({ name }: Json): string {
  return name === 'vllm' ? 'modelserver' : name;
}

function containerFacts(json: Json, volumes: readonly Json[], nativeSidecar: boolean, group: Record<string, string>): ContainerFacts {
  const env = environment(json.env ?? []);
  return {
    image: json.image,
    pull: json.imagePullPolicy ?? (/:latest$|^[^:]*$/.test(json.image) ? 'Always' : 'IfNotPresent'),
    ...commandFacts(json, { ...env, ...group }),
    env,
    requests: quantities(json.resources?.requests ?? {}),
    limits: quantities(json.resources?.limits ?? {}),
    ports: Object.fromEntries((json.ports ?? []).map(({ name, containerPort }: Json) => [name, containerPort])),
    probes: probes(json),
    mounts: Object.fromEntries((json.volumeMounts ?? []).map((mount: Json) => [mount.mountPath, volumeFacts(mount, volumes)])),
    security: fields(json.securityContext ?? {}),
    nativeSidecar,
  };
}

function environment(list: readonly Json[]): Record<string, string> {
  return Object.fromEntries(
    list.map(({ name, value, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef;
      const field = valueFrom?.fieldRef?.fieldPath;
      return [
        name,
        secret === undefined ? (field === undefined ? (value ?? '') : `field:${field}`) : `secret:${secret.name}/${secret.key}`,
      ];
    }),
  );
}

function commandFacts({ command = [], args = [] }: Json, env: Readonly<Record<string, string>>): Pick<ContainerFacts, 'program' | 'args'> {
  const words: string[] = command.at(-1) === '-c' && args.length === 1 ? execWords(args[0], env) : [...command, ...args];
  const first = words.findIndex((word) => word.startsWith('-'));
  const flags = first === -1 ? words.length : first;
  return { program: words.slice(0, flags).join(' '), args: flagsOf(words.slice(flags)) };
}

/** `--a=1`, `--a 1` and `--a`; vLLM takes `_` for `-`, and a JSON value in any order of keys. */
export function flagsOf(words: readonly string[]): Arguments {
  const found: [string, string?][] = [];
  for (const word of words) {
    if (!word.startsWith('-')) {
      const last = found.at(-1);
      if (last === undefined || last[1] !== undefined) {
        throw new Error(`"${word}" belongs to no flag`);
      }
      last[1] = normalValue(word);
      continue;
    }
    const equals = word.indexOf('=');
    const flag = (equals === -1 ? word : word.slice(0, equals)).replaceAll('_', '-');
    found.push(equals === -1 ? [flag] : [flag, normalValue(word.slice(equals + 1))]);
  }
  return found;
}

function normalValue(value: string): string {
  if (value.startsWith('{')) {
    return JSON.stringify(sorted(JSON.parse(value)));
  }
  // The file in the folder is the router's own configuration, whatever its name.
  return value.startsWith('/config/') ? '/config' : value;
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b, 'en'))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function quantities(resources: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(resources).map(([name, quantity]) => [name, normalQuantity(String(quantity))]));
}

const UNITS = ['Ti', 'Gi', 'Mi', 'Ki'] as const;

/** The same number of bytes written with the largest unit that fits: `20480Mi` is `20Gi`. */
export function normalQuantity(quantity: string): string {
  if (!/i$/.test(quantity)) {
    return quantity;
  }
  const bytes = parseQuantity(quantity);
  const unit = UNITS.find((candidate) => bytes % parseQuantity(`1${candidate}`) === 0);
  return unit === undefined ? quantity : `${bytes / parseQuantity(`1${unit}`)}${unit}`;
}

function probes(json: Json): ContainerFacts['probes'] {
  const found: Partial<Record<'startup' | 'liveness' | 'readiness', ProbeFacts>> = {};
  for (const kind of ['startup', 'liveness', 'readiness'] as const) {
    const probe = json[`${kind}Probe`];
    if (probe !== undefined) {
      found[kind] = probeFacts(probe, json.ports ?? []);
    }
  }
  return found;
}

function probeFacts({ httpGet, grpc, ...timings }: Json, ports: readonly Json[]): ProbeFacts {
  const port = (httpGet ?? grpc).port;
  return {
    ask: httpGet === undefined ? `gRPC ${grpc.service}` : `GET ${httpGet.path}`,
    port: typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort,
    initialDelay: timings.initialDelaySeconds ?? 0,
    period: timings.periodSeconds ?? 10,
    timeout: timings.timeoutSeconds ?? 1,
    failures: timings.failureThreshold ?? 3,
  };
}

function volumeFacts(mount: Json, volumes: readonly Json[]): string {
  const volume = volumes.find(({ name }) => name === mount.name);
  const { name: _, ...source } = volume;
  const kind = Object.keys(source)[0] as string;
  const { medium, sizeLimit } = source[kind];
  return [kind, medium, sizeLimit === undefined ? undefined : normalQuantity(sizeLimit)].filter((word) => word !== undefined).join(' ');
}

/** Leaves by dotted path; lists of texts are one leaf. */
function fields(json: Json, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(fields(value, `${prefix}${key}.`))
        : [[`${prefix}${key}`, Array.isArray(value) ? [...value].sort().join(',') : String(value)]],
    ),
  );
}

function routerFacts(deployment: Json, services: readonly Json[], roles: readonly Json[]): RouterFacts {
  const service = only(
    services.filter(({ spec }) => spec.ports.some(({ name }: Json) => name === 'grpc-ext-proc')),
    'Service of the router',
  );
  return {
    replicas: deployment.spec.replicas,
    strategy: deployment.spec.strategy?.type ?? 'RollingUpdate',
    ...podFacts(podTemplate(deployment), [], {}),
    servicePorts: Object.fromEntries(
      service.spec.ports.map(({ name, port, targetPort }: Json) => [name, `${port} -> ${targetPort ?? port}`]),
    ),
    permissions: permissions(roles),
  };
}

function permissions(roles: readonly Json[]): Record<string, string> {
  return Object.fromEntries(
    roles
      .flatMap(({ rules }) => rules)
      .flatMap(({ apiGroups, resources, verbs }: Json) =>
        apiGroups.flatMap((group: string) =>
          resources.map((resource: string) => [`${group === '' ? 'core' : group}/${resource}`, [...verbs].sort().join(',')]),
        ),
      ),
  );
}

/** Defaults filled in: the name of a plugin is its type, a weight is 1. */
function pickerFacts(config: Json): PickerFacts {
  return {
    plugins: Object.fromEntries(config.plugins.map(({ type, name = type, parameters = {} }: Json) => [name, parameters])),
    profiles: Object.fromEntries(
      config.schedulingProfiles.map(({ name, plugins }: Json) => [
        name,
        Object.fromEntries(plugins.map(({ pluginRef, weight = 1 }: Json) => [pluginRef, weight])),
      ]),
    ),
  };
}
