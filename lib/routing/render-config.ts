import { isDeepStrictEqual } from 'node:util';
import type { EndpointPickerConfig, PluginEntry, SchedulingPlugin } from 'llm-d-epp-config';
import { ensure } from '../validation/error';
import type { ServersPlan } from '../values/plan';
import { API } from '../versions';
import { bindPlugin } from './bind-plugins';
import { renderFlowControl } from './flow-control';
import { type ImageModules, spareModules, withModule, withModulePaths } from './modules';
import { entryOf, type PluginParameters, type PluginRef, plainData } from './plugin-ref';
import { Producer } from './producer';
import { type Profile, pluginsOf } from './profile';
import type { RoutingStrategy } from './routing-strategy';
import { Scorer } from './scorer';
import { DISAGG_HANDLER, INFLIGHT_PRODUCER, METRICS_EXTRACTOR, PRECISE_PRODUCER, type StrategyParts } from './strategy-parts';

/** Version of the router that is going to read a configuration. */
export type RouterSchemaVersion = 'v0.9.0' | 'v0.10.0';

/** What the renderer must know beside strategy and servers. */
export interface RenderConfigOptions {
  /** Version of the router: v0.9.0 and v0.10.0 spell some parameters differently. */
  readonly version: RouterSchemaVersion;
  /**
   * URL of the tokenizer that the router runs beside itself; a URL in the strategy wins.
   * @default - none: a strategy that needs one throws LLMD510
   */
  readonly tokenizerUrl?: string;
  /**
   * Plugins in the image of the router, file by name.
   * @default - none: a strategy that names one throws LLMD576
   */
  readonly modules?: ImageModules;
}

/**
 * The router's configuration for these servers: plain data, the same for the same input. Plugins are declared producers first, then
 * handlers, filters, scorers, pickers, and what acts outside of the profiles.
 *
 * What does not fit the servers is for `strategyFindings` to say and what the router would refuse for `checkRendered`; this throws only
 * when it cannot go on.
 */
export function renderConfig(strategy: RoutingStrategy, servers: ServersPlan, options: RenderConfigOptions): EndpointPickerConfig {
  const { parts } = strategy;
  const { modules = new Map() } = options;
  const head = { apiVersion: API.eppConfig, kind: 'EndpointPickerConfig' };
  if (parts.config !== undefined) {
    return { ...head, plugins: [], ...plainData(withModulePaths(parts.config, modules)) };
  }
  const finish = <T extends PluginRef>(plugin: T): T => {
    const bound = bindPlugin(plugin.withParameters(parts.parameters[plugin.type] ?? {}), { servers, options, strategy: parts.kind });
    return withModule(bound, modules, parts.kind);
  };
  const producers = withImplied(parts).map(finish);
  const profiles = apartByParameters(parts.profiles.map((profile) => mergedSlots(mapPlugins(profile, finish))));
  const flow = parts.flowControl && renderFlowControl(parts.flowControl);
  const inProfiles = (of: (profile: Profile) => readonly PluginRef[]) => profiles.flatMap(of);
  return plainData({
    ...head,
    featureGates: flow && ['flowControl'],
    plugins: declared([
      ...producers.flatMap((producer) => [...(producer.type === PRECISE_PRODUCER ? [{ type: EVENT_SOURCE }] : []), entryOf(producer)]),
      ...handlers(parts, options.version),
      ...inProfiles(({ filters }) => filters).map(entryOf),
      ...inProfiles(({ scorers }) => scorers).map(entryOf),
      ...inProfiles(({ picker }) => (picker === undefined ? [] : [picker])).map(entryOf),
      ...parts.others.map(finish).map(entryOf),
      ...(flow?.plugins ?? []).map((entry) => withOverrides(entry, parts.parameters[entry.type])),
      ...metricsExtractor(finish),
      ...spareModules(parts, modules),
    ]),
    schedulingProfiles: profiles.map((profile) => ({ name: profile.name, plugins: references(profile) })),
    dataLayer: eventSources(producers),
    flowControl: flow?.section,
  });
}

const EVENT_SOURCE = 'endpoint-notification-source';
const TOPOLOGY_EXTRACTOR = 'topology-extractor';

// What the router does not start by itself: for upstream the uncached tokens of `token-load-scorer` have no default producer, so that it
// would not start, and without the extractor the topology plugins would do nothing.
const IMPLIED: Readonly<Record<string, string>> = {
  'token-load-scorer': INFLIGHT_PRODUCER,
  'topology-affinity-scorer': TOPOLOGY_EXTRACTOR,
  'topology-affinity-filter': TOPOLOGY_EXTRACTOR,
};

function withImplied({ producers, profiles }: StrategyParts): readonly Producer[] {
  const used = profiles.flatMap(pluginsOf).map(({ type }) => IMPLIED[type]);
  const missing = [...new Set(used)].filter((type) => type !== undefined && !producers.some((producer) => producer.type === type));
  return [...producers, ...(missing as string[]).map((type) => Producer.plugin(type))];
}

/** One that filters and scores in a profile, `context-length-aware` say, is one instance with the parameters of both. */
function mergedSlots(profile: Profile): Profile {
  const all = pluginsOf(profile);
  const merge = <T extends PluginRef>(plugin: T): T => {
    const same = all.filter(({ name, type }) => name === plugin.name && type === plugin.type);
    return same.length === 1 ? plugin : plugin.withParameters(Object.assign({}, ...same.map(({ parameters }) => parameters)));
  };
  return mapPlugins(profile, merge);
}

/** Two plugins of equal name and type but other parameters, in two profiles, are told apart by the name of the profile. */
function apartByParameters(profiles: readonly Profile[]): readonly Profile[] {
  const all = profiles.flatMap(pluginsOf);
  const clashes = (plugin: PluginRef) =>
    all.some(
      ({ name, type, parameters }) => name === plugin.name && type === plugin.type && !isDeepStrictEqual(parameters, plugin.parameters),
    );
  return profiles.map((profile) =>
    mapPlugins(profile, (plugin) => (clashes(plugin) ? plugin.named(`${profile.name}-${plugin.name}`) : plugin)),
  );
}

function mapPlugins({ name, filters, scorers, picker }: Profile, change: <T extends PluginRef>(plugin: T) => T): Profile {
  return { name, filters: filters.map(change), scorers: scorers.map(change), picker: picker && change(picker) };
}

/** Each name once. Throws LLMD509 when one name stands for two types, LLMD518 for two sets of parameters. */
function declared(entries: readonly PluginEntry[]): readonly PluginEntry[] {
  const byName = new Map<string, PluginEntry>();
  for (const entry of entries) {
    const name = entry.name ?? entry.type;
    const known = byName.get(name) ?? entry;
    ensure(known.type === entry.type, 'LLMD509', { name, first: known.type, second: entry.type });
    ensure(isDeepStrictEqual([known.parameters, known.path], [entry.parameters, entry.path]), 'LLMD518', { name });
    byName.set(name, known);
  }
  return [...byName.values()];
}

/** Up to v0.9.0 the headers for the sidecar are written by a plugin of their own, and the decider is named by one flat parameter. */
function handlers({ prefillDecider, parameters }: StrategyParts, version: RouterSchemaVersion): readonly PluginEntry[] {
  if (prefillDecider === undefined) {
    return [];
  }
  const decider = entryOf(prefillDecider.withParameters(parameters[prefillDecider.type] ?? {}));
  const old = version === 'v0.9.0';
  const handler = {
    type: DISAGG_HANDLER,
    parameters: old ? { deciderPluginName: prefillDecider.name } : { deciders: { prefill: prefillDecider.name } },
  };
  return [...(old ? [{ type: 'disagg-headers-handler' }] : []), decider, withOverrides(handler, parameters[DISAGG_HANDLER])];
}

function withOverrides(entry: PluginEntry, overrides: PluginParameters | undefined): PluginEntry {
  return overrides === undefined ? entry : { ...entry, parameters: plainData({ ...entry.parameters, ...overrides }) };
}

/** Declared only when it is not the router's own default, which it is for vLLM. */
function metricsExtractor(finish: (plugin: Producer) => Producer): readonly PluginEntry[] {
  const entry = entryOf(finish(Producer.plugin(METRICS_EXTRACTOR)));
  return entry.parameters === undefined ? [] : [entry];
}

/** The profile's plugins by name. One that filters and scores stands there once, or it would score twice. */
function references(profile: Profile): readonly SchedulingPlugin[] {
  const byName = new Map<string, SchedulingPlugin>();
  for (const plugin of pluginsOf(profile)) {
    const weight = plugin instanceof Scorer ? plugin.weight : byName.get(plugin.name)?.weight;
    byName.set(plugin.name, { pluginRef: plugin.name, ...(weight === undefined ? {} : { weight }) });
  }
  return [...byName.values()];
}

/** The precise index learns of new and gone servers from the router's own list. */
function eventSources(producers: readonly Producer[]): EndpointPickerConfig['dataLayer'] {
  const extractors = producers.filter(({ type }) => type === PRECISE_PRODUCER).map(({ name }) => ({ pluginRef: name }));
  return extractors.length === 0 ? undefined : { sources: [{ pluginRef: EVENT_SOURCE, extractors }] };
}
