import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../plugin/context';
import { type ApiClient, ApiError, isNotFound } from './api-client';

const VERSION = 'v1alpha2';
/** Groups that objectives and rewrites may be in; the first that has a kind counts. Source: llm-d-router v0.10.0. */
const GROUPS = ['llm-d.ai', 'inference.networking.x-k8s.io'];
const RETRY_MS = 1000;

/**
 * Finds out which of the resources (`inferenceobjectives`) are installed, and gives the path of each. An API server that does not answer
 * is asked again until it does; undefined when the signal ended that.
 */
export async function installedExtensions(
  client: ApiClient,
  namespace: string,
  resources: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  const paths = new Map<string, string>();
  const installed: ReadonlySet<string>[] = [];
  for (const group of GROUPS) {
    const names = await resourcesOf(client, group, log, signal);
    if (names === undefined) return undefined;
    installed.push(names);
  }
  for (const resource of resources) {
    const [chosen, ignored] = GROUPS.filter((_, i) => installed[i]?.has(resource));
    if (chosen === undefined) log.info({ resource, groups: GROUPS }, 'not installed in the cluster, so it has no effect');
    else paths.set(resource, `/apis/${chosen}/${VERSION}/namespaces/${namespace}/${resource}`);
    if (ignored !== undefined) log.warn({ resource, chosen, ignored }, 'installed in two groups, those of the second are not read');
  }
  return paths;
}

async function resourcesOf(client: ApiClient, group: string, log: Log, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  const path = `/apis/${group}/${VERSION}`;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const { resources } = await client.get<{ resources: readonly { name: string }[] }>(path, signal);
      return new Set(resources.map(({ name }) => name));
    } catch (error) {
      if (isNotFound(error)) return new Set();
      if (error instanceof ApiError && error.status === 403) {
        log.error({ path, error: error.message }, 'the router may not ask what the cluster has: objectives and rewrites are not read');
        return new Set();
      }
      if (attempt === 0) log.warn({ path, error: (error as Error).message }, 'the API server does not say what it has, asking again');
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
