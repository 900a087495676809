import type { ObjectEvent, ObjectKind, ObjectWatch } from '../datalayer/types';
import type { Log } from '../plugin/context';
import type { ApiClient } from './api-client';
import { type KubeObject, type Observer, Reflector } from './reflector';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Watches objects of any kind in one namespace; kinds without namespaces are watched in the whole cluster. */
export class NamespaceObjectWatch implements ObjectWatch {
  constructor(
    private readonly client: ApiClient,
    private readonly namespace: string,
    private readonly log: Log,
  ) {}

  async watch({ group, version, kind }: ObjectKind, listener: (event: ObjectEvent) => void): Promise<() => void> {
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const { resources } = await this.client.get<ResourceList>(base);
    const resource = resources.find((entry) => entry.kind === kind && !entry.name.includes('/'));
    if (resource === undefined) throw new Error(`the cluster knows no ${kind} in ${group || 'the core group'}/${version}`);
    const path = resource.namespaced ? `${base}/namespaces/${this.namespace}/${resource.name}` : `${base}/${resource.name}`;
    const reflector = new Reflector<KubeObject>(this.client, { path }, new ChangeReporter(listener), this.log);
    reflector.start();
    return () => void reflector.stop();
  }
}

/** Turns lists and changes into events: a list reports what is new, and what is gone since. */
class ChangeReporter implements Observer<KubeObject> {
  private readonly known = new Map<string, KubeObject>();

  constructor(private readonly listener: (event: ObjectEvent) => void) {}

  replaced(objects: readonly KubeObject[]): void {
    const keys = new Set(objects.map(keyOf));
    for (const [key, object] of [...this.known]) if (!keys.has(key)) this.deleted(object);
    for (const object of objects) this.changed(object);
  }

  changed(object: KubeObject): void {
    const key = keyOf(object);
    const before = this.known.get(key);
    this.known.set(key, object);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion && before !== undefined) return;
    this.report(before === undefined ? 'added' : 'updated', object);
  }

  deleted(object: KubeObject): void {
    if (this.known.delete(keyOf(object))) this.report('deleted', object);
  }

  private report(kind: ObjectEvent['kind'], object: KubeObject): void {
    this.listener({ kind, object: object as unknown as Readonly<Record<string, unknown>> });
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
