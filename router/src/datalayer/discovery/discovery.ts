import type { EndpointTable } from '../../plugin/endpoint-table';

/** Finds the endpoints without Kubernetes. */
export interface Discovery {
  /**
   * Puts the endpoints into the table, and keeps it up to date until `stop`. The promise resolves once the first ones are in.
   * @throws Error (a rejection) when they can not be found
   */
  discover(table: EndpointTable): Promise<void>;
  /** Why the table can not be trusted yet; undefined once it can. */
  notSynced(): string | undefined;
  stop(): void;
}

/** Whether a plugin is one. */
export const isDiscovery = (plugin: unknown): plugin is Discovery =>
  typeof plugin === 'object' && plugin !== null && 'discover' in plugin && typeof plugin.discover === 'function';
