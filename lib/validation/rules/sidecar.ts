import type { Container } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { type Flags, flagsOf } from './command-line';
import { type EngineView, enginesOf, type Rule } from './rule';

/** What the routing sidecar listens on and talks to when it is not told. Source: its flags. */
const SIDECAR_PORT = 8000;
const MODEL_SERVER_PORT = 8200;
const SIDECAR_CONNECTOR = 'nixlv2';

/** V26, V31, V38: the routing sidecar stands between the pool and its engine, and speaks of the transfer that the engine does. */
export const sidecar: Rule = (model) =>
  enginesOf(model)
    .filter(({ role, serving }) => role.sidecar && serving)
    .flatMap((engine) => problemsOf(engine).map((problem) => tell(engine, problem)));

function tell({ workload }: EngineView, problem: string): Finding {
  return finding('LLMD408', workload.object.path, { workload: workload.object.name, problem });
}

/** The sidecar of a pod: the container beside the engine that is told where the engine is. */
function sidecarOf({ pod, container }: EngineView): Container | undefined {
  const marks = ['kv-connector', 'vllm-port', 'model-server-port', 'connector'];
  return pod.running.find((other) => {
    const flags = flagsOf(other);
    return other !== container && marks.some((mark) => flags.has(mark));
  });
}

function problemsOf(engine: EngineView): readonly string[] {
  const container = sidecarOf(engine);
  return container === undefined
    ? ['is missing: the pool sends to its port, and nothing listens there']
    : [...portProblems(engine, flagsOf(container)), ...speechProblems(engine, flagsOf(container))];
}

function portProblems({ servers, role, container }: EngineView, flags: Flags): readonly string[] {
  const engineFlags = flagsOf(container);
  const port = flags.number('port') ?? SIDECAR_PORT;
  const told = flags.number('model-server-port') ?? flags.number('vllm-port') ?? MODEL_SERVER_PORT;
  const enginePort = engineFlags.number('port') ?? role.enginePort;
  const ranks = flags.number('data-parallel-size') ?? 1;
  const first = servers.targetPorts[0];
  return [
    ...(port === first ? [] : [`listens on ${port}, the pool sends to ${first}: make \`--port\` the pool's target port`]),
    ...(told === enginePort ? [] : [`looks for the engine on ${told}, the engine listens on ${enginePort}: make them equal`]),
    ...(Math.abs(port - enginePort) < ranks
      ? [`and the engine use the same ports: ${ranks} from ${port} and from ${enginePort} on; move one of them`]
      : []),
    ...(servers.targetPorts.length === ranks
      ? []
      : [`serves ${ranks} ranks, the pool sends to ${servers.targetPorts.length} ports: make \`--data-parallel-size\` equal`]),
  ];
}

function speechProblems({ container, role }: EngineView, flags: Flags): readonly string[] {
  const engineFlags = flagsOf(container);
  const given = flags.get('kv-connector') ?? flags.get('connector') ?? SIDECAR_CONNECTOR;
  // The simulator understands what every connector sends.
  const spoken = role.engine.kind === 'simulator' ? undefined : connectorsOf(engineFlags);
  const secure = flags.has('secure-proxy') ? flags.get('secure-proxy') !== 'false' : true;
  return [
    ...(spoken === undefined || spoken.includes(given) || role.transfer === undefined
      ? []
      : [`speaks ${given}, the engine ${spoken.join(' or ') || 'nothing'}: both must do the same transfer`]),
    ...(secure && !engineFlags.has('ssl-keyfile')
      ? ['talks TLS to an engine that does not: set `--secure-proxy=false`, or give the engine a certificate']
      : []),
  ];
}

/** vLLM's connectors and the sidecar's words for them. */
const CONNECTORS: Readonly<Record<string, string>> = {
  NixlConnector: 'nixlv2',
  MooncakeConnector: 'mooncake',
  OffloadingConnector: 'offloading',
  SharedStorageConnector: 'shared-storage',
  ExampleConnector: 'shared-storage',
};

/** Transfers that an engine does, in the sidecar's words; undefined when its flags do not tell. */
function connectorsOf(flags: Flags): readonly string[] | undefined {
  if (flags.has('disaggregation-mode')) {
    return ['sglang'];
  }
  const config = flags.json('kv-transfer-config');
  if (config === undefined) {
    return flags.has('kv-transfer-config') ? undefined : [];
  }
  const extra = (config.kv_connector_extra_config ?? {}) as { readonly connectors?: unknown };
  const parts = Array.isArray(extra.connectors) ? extra.connectors : [];
  const names = [config, ...parts].map((part) => String((part as { kv_connector?: unknown } | null)?.kv_connector));
  const known = names.flatMap((name) => CONNECTORS[name] ?? []);
  return known.length === 0 ? undefined : known;
}
