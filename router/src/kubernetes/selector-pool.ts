import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { ApiClient } from './api-client';
import { NamedPool } from './named-pool';
import { PodWatch } from './pod-watch';

/** Pods by a label selector, without an InferencePool: neither objectives nor rewrites. */
export class SelectorPool extends NamedPool {
  private readonly pods: PodWatch;

  constructor(
    client: ApiClient,
    name: string,
    namespace: string,
    private readonly selector: string,
    private readonly targetPorts: readonly number[],
    table: EndpointTable,
    log: Log,
  ) {
    super(name, namespace);
    this.pods = new PodWatch(client, table, log);
  }

  /** Starts the watch; does not wait for it. */
  start(): void {
    this.pods.select({ namespace: this.namespace, selector: this.selector, targetPorts: [...new Set(this.targetPorts)] });
  }

  stop(): Promise<void> {
    return this.pods.stop();
  }

  override notSynced(): string | undefined {
    return this.pods.synced ? undefined : `the pods of selector ${this.selector} are not listed yet`;
  }
}

/** Name of the deployment that a pod belongs to (`<name>-<hash>-<hash>`), or the pod's own. Source of the form: llm-d-router v0.10.0. */
export function deploymentOf(podName: string): string {
  return /^(.+)-[a-z0-9]+-[a-z0-9]+$/.exec(podName)?.[1] ?? podName;
}
