import { type Finding, finding } from '../findings';
import { named } from '../model';
import { flagsOf } from './command-line';
import { type EngineView, engineOfRole, enginesOf, envOf, envValue, hasEnv, portsOf, type Rule } from './rule';

const SIDE_CHANNEL = 'VLLM_NIXL_SIDE_CHANNEL';
/** Port of the NIXL side channel when it is not set. Source: vLLM, the guides' container port. */
const SIDE_CHANNEL_PORT = 5600;

/** V33: decode finds the side channel of each prefill pod, at the pod's own address and a port of its own. */
export const sideChannel: Rule = (model) =>
  enginesOf(model)
    .filter(({ role, serving }) => role.transfer?.kind === 'nixl' && role.engine.kind === 'vllm' && serving)
    .flatMap((engine) => sideChannelProblems(engine).map((problem) => tell(engine, problem)));

function tell({ workload }: EngineView, problem: string): Finding {
  return finding('LLMD406', workload.object.path, { workload: workload.object.name, problem });
}

function sideChannelProblems({ role, container, pod }: EngineView): readonly string[] {
  const host = envOf(container).find(({ name }) => name === `${SIDE_CHANNEL}_HOST`);
  const written = envValue(container, `${SIDE_CHANNEL}_PORT`);
  const port = written === undefined ? SIDE_CHANNEL_PORT : Number(written);
  const { enginePort, layout } = role;
  const others = portsOf(pod.running).filter((one) => one.number === port && one.container !== container);
  return [
    ...(host?.valueFrom?.fieldRef?.fieldPath === 'status.podIP' || /^\$\(.*IP\)$/.test(host?.value ?? '')
      ? []
      : [`tells another address than the pod's: set ${SIDE_CHANNEL}_HOST from status.podIP`]),
    ...(portsOf([container]).some(({ number }) => number === port)
      ? []
      : [`is port ${port}, which the engine does not declare: add it to its ports`]),
    ...(port >= enginePort && port < enginePort + layout.dataLocal
      ? [`is port ${port}, on which one of the engine's ranks answers requests: move it`]
      : []),
    ...others.map((other) => `is port ${port}, which container "${other.container.name}" uses: move one of them`),
  ];
}

/** Seconds for which the routing sidecar keeps an idle connection. Source: its HTTP transport (Go's default). */
const SIDECAR_IDLE_SECONDS = 90;
/** Seconds for which vLLM keeps an idle connection when it is not told. Source: vLLM's default. */
const ENGINE_KEEP_ALIVE_SECONDS = 5;

/** V34: prefill closes an idle connection only after the sidecar has let go of it. */
export const keepAlive: Rule = (model) =>
  enginesOf(model)
    .filter(({ role, serving }) => role.role === 'prefill' && role.transfer !== undefined && role.engine.kind === 'vllm' && serving)
    .flatMap(({ container, workload }) => {
      const value = envValue(container, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE');
      const elsewhere = value === undefined && hasEnv(container, 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE');
      const given = value === undefined ? ENGINE_KEEP_ALIVE_SECONDS : Number(value);
      return elsewhere || given > SIDECAR_IDLE_SECONDS
        ? []
        : [finding('LLMD407', workload.object.path, { given, sidecar: SIDECAR_IDLE_SECONDS })];
    });

/** V35: how a NIXL transfer crosses the network is said by someone: a network, a device, or UCX_TLS. */
export const unspecifiedNetwork: Rule = (model) => {
  const engines = engineOfRole(model);
  return model.servers.flatMap((servers) => {
    const left = servers.roles.some((role) => {
      const engine = engines.get(role);
      return engine !== undefined && role.transfer?.kind === 'nixl' && role.engine.kind !== 'simulator' && isLeftToChance(engine);
    });
    return left ? [finding('LLMD404', servers.path, {})] : [];
  });
};

function isLeftToChance({ role, container, pod }: EngineView): boolean {
  // TPUs bring their own transfer.
  const usesUcx = role.network.kind === 'unspecified' && role.accelerator.vendor !== 'google' && role.accelerator.requestsDevices;
  const limits = Object.keys(container.resources?.limits ?? {});
  const devices = limits.filter((name) => name.includes('/') && name !== role.accelerator.resourceName);
  const claims = named(pod.spec.resourceClaims).length - (role.accelerator.dra === undefined ? 0 : 1);
  return usesUcx && devices.length === 0 && claims <= 0 && !hasEnv(container, 'UCX_TLS');
}

/** V36: over EFA, NIXL speaks libfabric. */
export const efaBackend: Rule = (model) =>
  enginesOf(model).flatMap(({ role, container, workload }) => {
    const config = flagsOf(container).json('kv-transfer-config');
    if (role.network.kind !== 'efa' || role.transfer?.kind !== 'nixl' || config?.kv_connector !== 'NixlConnector') {
      return [];
    }
    const { backends } = (config.kv_connector_extra_config ?? {}) as { readonly backends?: unknown };
    const given = Array.isArray(backends) ? backends.map(String) : ['UCX'];
    return given.includes('LIBFABRIC') ? [] : [finding('LLMD405', workload.object.path, { given: given.join(', ') })];
  });
