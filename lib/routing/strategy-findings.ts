import { type Finding, finding } from '../validation/findings';
import type { Role, ServersPlan } from '../values/plan';
import type { RoutingStrategy } from './routing-strategy';
import { DISAGG_HANDLER, PRECISE_PRODUCER, type UsedPlugin, usedPlugins } from './strategy-parts';

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
  if (!strategy.needsKvEvents) {
    return [];
  }
  const events = servers.kvEventsPort === undefined ? [finding('LLMD513', servers.path, words(strategy, servers))] : [];
  const indexed = plugins.filter(({ type }) => type === PRECISE_PRODUCER).map(indexedBlock);
  if (servers.kvBlockTokens === undefined) {
    return indexed.includes(undefined) ? [...events, finding('LLMD514', servers.path, words(strategy, servers))] : events;
  }
  const engine = servers.kvBlockTokens;
  const unfit = indexed.filter((router) => router !== undefined && router % engine !== 0 && engine % router !== 0) as number[];
  return [...events, ...unfit.map((router) => finding('LLMD515', servers.path, { servers: servers.name, router, engine }))];
}

/** Block size that the strategy asks for; undefined leaves it to the servers. */
function indexedBlock({ parameters }: UsedPlugin): number | undefined {
  const { blockSizeTokens, blockSize } = (parameters.tokenProcessorConfig ?? {}) as Readonly<Record<string, number | undefined>>;
  return blockSizeTokens ?? blockSize;
}

const words = (strategy: RoutingStrategy, servers: ServersPlan) => ({ strategy: strategy.parts.kind, servers: servers.name });
const rolesOf = (servers: ServersPlan) => servers.roles.map(({ role }) => `"${role}"`).join(' and ');
