import { undefinedPlugin } from '../checks/reference-messages';
import { type Draft, type DraftPlugin, servesAs } from '../draft';
import { parseGoDuration } from '../go-values';
import { show } from '../json';
import type { PluginKind } from '../plugin-spec';
import type { DataSource, PluginRef } from '../types';
import { ensureDefault } from './add-default';
import type { EffectiveDataLayer, EffectiveSource } from './effective-config';

const metricsSource = 'metrics-data-source';
const metricsExtractor = 'core-metrics-extractor';

/** How often replicas share state. Source: llm-d-router v0.10.0. */
const defaultSyncInterval = '200ms';

/** Checks sources, extractors and discovery and adds the default metrics source. */
export function dataLayer(draft: Draft): EffectiveDataLayer {
  const given = draft.config.dataLayer ?? {};
  const listed = given.sources ?? [];
  const sources = listed.flatMap((source: DataSource | undefined, index) =>
    source?.pluginRef ? [checkSource(draft, source, `dataLayer.sources[${index}]`)] : [],
  );
  // By name as upstream does, so a renamed metrics source is joined by a second one.
  if (given.injectDefaults !== false && !sources.some((source) => source.pluginRef === metricsSource)) {
    ensureDefault(draft, metricsSource);
    ensureDefault(draft, metricsExtractor);
    sources.push({ pluginRef: metricsSource, extractors: [metricsExtractor] });
  }
  const { discovery, peerDiscovery, crossReplicaSyncerPluginRef: syncer, crossReplicaSyncInterval: interval } = given;
  checkRole(draft, discovery?.pluginRef, 'discovery', 'dataLayer.discovery.pluginRef');
  checkRole(draft, peerDiscovery?.pluginRef, 'peer-discovery', 'dataLayer.peerDiscovery.pluginRef');
  checkRole(draft, syncer, 'cross-replica-syncer', 'dataLayer.crossReplicaSyncerPluginRef');
  return {
    sources,
    ...(discovery ? { discovery: discovery.pluginRef } : {}),
    ...(peerDiscovery ? { peerDiscovery: peerDiscovery.pluginRef } : {}),
    ...(syncer ? { crossReplicaSyncer: syncer } : {}),
    crossReplicaSyncIntervalMs: parseGoDuration(interval || defaultSyncInterval) ?? 0,
  };
}

function checkSource(draft: Draft, source: DataSource, path: string): EffectiveSource {
  const instance = draft.byName.get(source.pluginRef);
  if (instance === undefined) {
    draft.issues.add('EPP054', `${path}.pluginRef`, undefinedPlugin(draft, source.pluginRef, 'data source', 'source'));
  } else if (!servesAs(instance, 'source')) {
    draft.issues.add(
      'EPP054',
      `${path}.pluginRef`,
      `plugin ${show(source.pluginRef)} of type ${show(instance.spec.type)} is no data source, name one such as metrics-data-source`,
    );
  }
  const types = new Set<string>();
  const extractors = (source.extractors ?? []).flatMap((entry: PluginRef | undefined, index) => {
    if (!entry?.pluginRef) return [];
    checkExtractor(draft, instance, entry.pluginRef, `${path}.extractors[${index}].pluginRef`, types);
    return [entry.pluginRef];
  });
  return { pluginRef: source.pluginRef, extractors };
}

function checkExtractor(draft: Draft, source: DraftPlugin | undefined, ref: string, path: string, types: Set<string>): void {
  const extractor = draft.byName.get(ref);
  if (extractor === undefined) {
    draft.issues.add('EPP055', path, undefinedPlugin(draft, ref, 'extractor', 'extractor'));
    return;
  }
  const { type, extracts } = extractor.spec;
  if (types.has(type)) {
    draft.issues.add('EPP056', path, `a source takes one extractor of type ${show(type)}, ${show(ref)} is the second; remove one`);
  }
  types.add(type);
  const payload = source?.spec.emits;
  if (payload === undefined || extractor.open || extracts.includes(payload)) return;
  draft.issues.add(
    'EPP056',
    path,
    `extractor ${show(ref)} of type ${show(type)} reads ${extracts.join(' and ') || 'no source'}, but source ${show(source!.name)} emits ${payload}; list it under a source that fits`,
  );
}

function checkRole(draft: Draft, ref: string | undefined, kind: PluginKind, path: string): void {
  if (!ref) return;
  const instance = draft.byName.get(ref);
  if (instance === undefined) {
    draft.issues.add('EPP057', path, undefinedPlugin(draft, ref, 'plugin', kind));
  } else if (!servesAs(instance, kind)) {
    const hint =
      kind === 'discovery'
        ? 'name a plugin of type file-discovery'
        : `upstream has none, declare a custom plugin with the role ${show(kind)}`;
    draft.issues.add('EPP057', path, `plugin ${show(ref)} of type ${show(instance.spec.type)} is no ${kind}, ${hint}`);
  }
}
