import type { EffectiveConfig } from 'llm-d-epp-config';
import type { Plugin } from '../plugin/plugins';
import { type BoundExtractor, metricsTaker, modelsTaker } from './polled-source';
import type {
  DataSourcePlugin,
  EndpointEventExtractor,
  EndpointEventSource,
  MetricsExtractor,
  ModelsExtractor,
  ObjectEventExtractor,
  ObjectEventSource,
  PollingSource,
} from './types';

/** A source with what reads it. */
export type BoundSource =
  | {
      readonly name: string;
      readonly emits: 'metrics' | 'models';
      readonly source: PollingSource;
      readonly extractors: readonly BoundExtractor[];
    }
  | {
      readonly name: string;
      readonly emits: 'endpoint-events';
      readonly source: EndpointEventSource;
      readonly extractors: readonly EndpointEventExtractor[];
    }
  | {
      readonly name: string;
      readonly emits: 'object-events';
      readonly source: ObjectEventSource;
      readonly extractors: readonly ObjectEventExtractor[];
    };

const has = <T extends Plugin>(plugin: Plugin, method: keyof T & string): plugin is T =>
  typeof (plugin as unknown as Record<string, unknown>)[method] === 'function';

/**
 * Puts sources and extractors of a configuration together.
 * @throws Error when one is missing or of the wrong kind
 */
export function bindSources(config: Pick<EffectiveConfig, 'dataLayer' | 'plugins'>, plugins: ReadonlyMap<string, Plugin>): BoundSource[] {
  const types = new Map(config.plugins.map(({ name, type }) => [name, type]));
  const find = (name: string): Plugin => {
    const plugin = plugins.get(name);
    if (plugin === undefined) throw new Error(`dataLayer.sources names plugin "${name}", which does not exist`);
    return plugin;
  };
  return config.dataLayer.sources.map(({ pluginRef: name, extractors: names }): BoundSource => {
    const source = find(name) as Partial<DataSourcePlugin>;
    const extractors = names.map((extractor) => ({ name: extractor, type: types.get(extractor) ?? extractor, plugin: find(extractor) }));
    switch (source.emits) {
      case 'metrics':
      case 'models': {
        const { emits } = source;
        const bound = extractors.map(({ name: extractor, type, plugin }) => {
          if (emits === 'metrics' && has<MetricsExtractor>(plugin, 'extractMetrics'))
            return { name: extractor, type, take: metricsTaker(plugin) };
          if (emits === 'models' && has<ModelsExtractor>(plugin, 'extractModels'))
            return { name: extractor, type, take: modelsTaker(plugin) };
          throw new Error(`extractor "${extractor}" of type "${type}" does not read ${emits}, which source "${name}" emits`);
        });
        return { name, emits, source: source as PollingSource, extractors: bound };
      }
      // Plugins that hear of endpoints or objects in another way may be listed too; there is nothing to tell them.
      case 'endpoint-events': {
        const hearing = extractors.flatMap(({ plugin }) => (has<EndpointEventExtractor>(plugin, 'endpointEvent') ? [plugin] : []));
        return { name, emits: source.emits, source: source as EndpointEventSource, extractors: hearing };
      }
      case 'object-events': {
        const hearing = extractors.flatMap(({ plugin }) => (has<ObjectEventExtractor>(plugin, 'objectEvent') ? [plugin] : []));
        return { name, emits: source.emits, source: source as ObjectEventSource, extractors: hearing };
      }
      default:
        throw new Error(`dataLayer.sources names plugin "${name}" of type "${types.get(name) ?? name}", which is no data source`);
    }
  });
}
