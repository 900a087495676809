import { type Finding, finding } from '../validation/findings';
import type { Role, ServersPlan } from '../values/plan';
import type { RoutingStrategy } from './routing-strategy';
import { DISAGG_HANDLER, PRECISE_TYPES, type UsedPlugin, usedPlugins } from './strategy-parts';

/** What a strategy expects of servers and they do not have. Pure; empty when the two fit. */
export function strategyFindings(strategy: RoutingStrategy, servers: ServersPlan): readonly Finding[] {
  const plugins = usedPlugins(strategy.parts);
  return [
    ...missingRoles(strategy, servers),
    ...unroutedRoles(strategy, servers, plugins),
    ...missingSidecar(strategy, servers, plugins),
    ...kvEvents(strategy, servers, plugins),
  ];
}

/** Roles of pods that the filter of a role keeps, as the router's filters do. */
const KEPT_BY: Readonly<Record<string, readonly Role[]>> = {
  prefill: ['prefill', 'prefill-decode'],
  decode: ['decode', 'prefill-decode'],
  encode: ['encode'],
};

function missingRoles(strategy: RoutingStrategy, servers: ServersPlan): readonly Finding[] {
  return strategy.needsRoles
    .filter((role) => !servers.roles.some((plan) => KEPT_BY[role]?.includes(plan.role)))
    .map((role) => finding('LLMD511', servers.path, { ...words(strategy, servers), role, roles: rolesOf(servers) }));
}

/** A strategy of custom plugins may tell the roles apart by its own means. */
function unroutedRoles(strategy: RoutingStrategy, servers: ServersPlan, plugins: readonly UsedPlugin[]): readonly Finding[] {
  const isSplit = servers.roles.some(({ role }) => role === 'prefill');
  const tellsApart = plugins.some(({ type }) => ROLE_AWARE.has(type));
  return isSplit && !tellsApart && strategy.customPlugins.length === 0
    ? [finding('LLMD512', servers.path, { ...words(strategy, servers), roles: rolesOf(servers) })]
    : [];
}

const ROLE_AWARE: ReadonlySet<string> = new Set([
  'prefill-filter',
  'decode-filter',
  'label-selector-filter',
  'by-label-selector',
  'by-label',
  DISAGG_HANDLER,
  'pd-profile-handler',
  'header-profile-handler',
]);

function missingSidecar(strategy: RoutingStrategy, servers: ServersPlan, plugins: readonly UsedPlugin[]): readonly Finding[] {
  if (!plugins.some(({ type }) => type === DISAGG_HANDLER) || !servers.roles.some(({ role }) => role === 'prefill')) {
    return [];
  }
  return servers.roles
    .filter(({ role, sidecar }) => role === 'decode' && !sidecar)
    .map(({ path, name }) => finding('LLMD516', path, { strategy: strategy.parts.kind, workload: name }));
}

function kvEvents(strategy: RoutingStrategy, servers: ServersPlan, plugins: readonly UsedPlugin[]): readonly Finding[] {
  const indexes = plugins.filter(({ type }) => PRECISE_TYPES.has(type)).map((plugin) => indexOf(plugin, strategy));
  if (indexes.length === 0) {
    return [];
  }
  const { path, name, kvBlockTokens: engine, kvEventsPort: published } = servers;
  const noEvents = published === undefined ? [finding('LLMD513', path, words(strategy, servers))] : [];
  const unknownBlock =
    engine === undefined && indexes.some(({ block }) => block === undefined) ? [finding('LLMD514', path, words(strategy, servers))] : [];
  return [
    ...noEvents,
    ...unknownBlock,
    ...indexes.flatMap(({ block, port }) => [
      ...(block !== undefined && engine !== undefined && block % engine !== 0 && engine % block !== 0
        ? [finding('LLMD515', path, { servers: name, router: block, engine })]
        : []),
      ...(port !== undefined && published !== undefined && port !== published
        ? [finding('LLMD517', path, { servers: name, router: port, published })]
        : []),
    ]),
  ];
}

/** Block size and port that the strategy itself decides on; undefined leaves them to the servers, which a custom one cannot. */
function indexOf({ parameters }: UsedPlugin, strategy: RoutingStrategy): { readonly block?: number; readonly port?: number } {
  const tokens = (parameters.tokenProcessorConfig ?? {}) as { readonly blockSizeTokens?: number; readonly blockSize?: number };
  const events = (parameters.kvEventsConfig ?? {}) as {
    readonly zmqEndpoint?: string;
    readonly podDiscoveryConfig?: { readonly socketPort?: number };
  };
  const isCustom = strategy.parts.config !== undefined;
  const isCentral = events.zmqEndpoint !== undefined;
  return {
    block: tokens.blockSizeTokens ?? tokens.blockSize ?? (isCustom ? ROUTER_BLOCK_TOKENS : undefined),
    port: isCentral ? undefined : (events.podDiscoveryConfig?.socketPort ?? (isCustom ? ROUTER_EVENTS_PORT : undefined)),
  };
}

// What the router takes when a configuration leaves them out (v0.9.0 and v0.10.0).
const ROUTER_BLOCK_TOKENS = 16;
const ROUTER_EVENTS_PORT = 5557;

const words = (strategy: RoutingStrategy, servers: ServersPlan) => ({ strategy: strategy.parts.kind, servers: servers.name });
const rolesOf = (servers: ServersPlan) => servers.roles.map(({ role }) => `"${role}"`).join(' and ');
