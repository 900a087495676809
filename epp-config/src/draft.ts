import { pluginCatalog } from './catalog/plugin-catalog';
import type { IssueCollector } from './issues';
import type { JsonObject } from './json';
import type { CustomPlugin, ParseOptions } from './options';
import { type PluginKind, type PluginSpec, plugin } from './plugin-spec';
import type { EndpointPickerConfig } from './types';
import type { RouterVersion } from './versions';

/** A plugin instance while the configuration is checked. */
export interface DraftPlugin {
  /** Where it was declared; empty for instances that the router adds. */
  readonly path: string;
  readonly name: string;
  readonly spec: PluginSpec;
  /** Whether its kinds are unknown, so that no reference to it is refused. */
  readonly open: boolean;
  readonly parameters: JsonObject;
  /** Module file of a plugin of type `module`. */
  readonly file: string | undefined;
  /** `declared` in the configuration, a system `default`, or a data `producer` that a consumer needed. */
  readonly origin: 'declared' | 'default' | 'producer';
}

/** Everything the checks share about one configuration. */
export interface Draft {
  readonly issues: IssueCollector;
  readonly version: RouterVersion;
  readonly allowExperimental: boolean;
  /** Whether the router of this project will read it. */
  readonly extended: boolean;
  readonly customPlugins: ReadonlyMap<string, CustomPlugin>;
  /** The normalised document; lists may have holes where an entry was unusable. */
  readonly config: EndpointPickerConfig;
  /** Gates after defaults. */
  readonly gates: ReadonlyMap<string, boolean>;
  /** Instances in order; the router's additions are appended. */
  readonly plugins: DraftPlugin[];
  readonly byName: Map<string, DraftPlugin>;
}

/** Whether the plugin is known to be of the kind. */
export function isOfKind(instance: DraftPlugin, kind: PluginKind): boolean {
  return instance.spec.kinds.includes(kind);
}

/** Whether the plugin may stand where the kind is needed. */
export function servesAs(instance: DraftPlugin, kind: PluginKind): boolean {
  return instance.open || isOfKind(instance, kind);
}

/** Declared custom types by name. */
export function customPluginMap(options: ParseOptions): ReadonlyMap<string, CustomPlugin> {
  const declared = options.customPlugins ?? [];
  return new Map(declared.map((entry) => (typeof entry === 'string' ? [entry, { type: entry }] : [entry.type, entry])));
}

/** Spec of a type that the catalog or the caller knows. */
export function specOf(
  draft: Pick<Draft, 'customPlugins'>,
  type: string,
): { readonly spec: PluginSpec; readonly open: boolean } | undefined {
  const custom = draft.customPlugins.get(type);
  if (custom !== undefined) {
    const { roles, produces = [], consumes = [] } = custom;
    return { spec: plugin(type, roles ?? [], 'a custom plugin', { decoding: 'free', produces, consumes }), open: roles === undefined };
  }
  const spec = pluginCatalog.get(type);
  return spec === undefined ? undefined : { spec, open: false };
}

/** Adds an instance which the router creates without parameters. */
export function addInstance(draft: Draft, type: string, origin: 'default' | 'producer'): DraftPlugin | undefined {
  const known = specOf(draft, type);
  if (known === undefined) return undefined;
  const instance: DraftPlugin = { path: '', name: type, ...known, parameters: {}, file: undefined, origin };
  draft.plugins.push(instance);
  draft.byName.set(type, instance);
  return instance;
}
