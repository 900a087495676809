import type { JsonObject } from 'llm-d-epp-config';
import type { MetricsRegistry } from '../telemetry/registry';
import type { Clock } from './clock';
import type { EndpointTable } from './endpoint-table';
import type { Plugin } from './plugins';

/** Writes structured log lines; the fields come first, as in pino. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  trace(fields: object, message: string): void;
}

/** What a plugin is made from. */
export interface PluginContext {
  readonly name: string;
  readonly type: string;
  /** Checked, with the defaults of the type filled in. */
  readonly parameters: JsonObject;
  readonly endpoints: EndpointTable;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: MetricsRegistry;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the command line says that plugins care about. */
  readonly settings: RouterSettings;
  /**
   * Another plugin by its name: those that come before this one in the order of creation, which holds for every plugin that the
   * parameters name.
   * @throws Error when there is none
   */
  plugin(name: string): Plugin;
  /** All plugins, for use from `start()` on. */
  plugins(): ReadonlyMap<string, Plugin>;
}

/** Settings of the process. */
export interface RouterSettings {
  /** Name of the pool in metrics. */
  readonly poolName: string;
  readonly poolNamespace: string;
  readonly refreshMetricsIntervalMs: number;
  readonly metricsStalenessThresholdMs: number;
}

/**
 * Makes a plugin: any object that has the methods of one or more of the plugin interfaces.
 * @throws Error when the parameters do not fit together; the router does not start then
 */
export type PluginFactory = (context: PluginContext) => Plugin & object;

/** Factories by type. */
export type PluginTable = Readonly<Record<string, PluginFactory>>;
