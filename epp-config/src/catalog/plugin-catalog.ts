import { type PluginSpec, plugin } from '../plugin-spec';
import { dataLayerPlugins } from './data-layer-catalog';
import { filters } from './filters-catalog';
import { flowControlPlugins } from './flow-control-catalog';
import { handlers } from './handlers-catalog';
import { parsers } from './parsers-catalog';
import { producers } from './producers-catalog';
import { requestPlugins } from './request-plugins-catalog';
import { scorers } from './scorers-catalog';

/** Type of a plugin that our own router loads from a TypeScript or JavaScript module; upstream does not know it. */
export const moduleType = 'module';

const specs: readonly PluginSpec[] = [
  ...handlers,
  ...filters,
  ...scorers,
  ...requestPlugins,
  ...producers,
  ...dataLayerPlugins,
  ...flowControlPlugins,
  ...parsers,
  plugin(moduleType, ['filter', 'scorer'], 'a scorer or filter of yours, loaded from the module at `path`', {
    decoding: 'free',
    since: 'main',
  }),
];

/** Every plugin type, by its name: the 97 of upstream and `module`. */
export const pluginCatalog: ReadonlyMap<string, PluginSpec> = new Map(specs.map((spec) => [spec.type, spec]));
