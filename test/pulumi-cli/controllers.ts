import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../cluster/api-error';
import type { KubeClient } from '../cluster/kube-client';
import type { KubeObject } from '../conformance/manifests';

const ROUND_MS = 200;
const REVISION = 'deployment.kubernetes.io/revision';
/** Not found, conflict, too many requests. */
const PASSING = new Set([404, 409, 429]);
const HASH = 'pod-template-hash';
const BEGIN = new Date().toISOString();
/** Where clients reach each Gateway. */
export const GATEWAY_ADDRESS = { type: 'IPAddress', value: '10.0.0.80' };

type Fields = Readonly<Record<string, unknown>>;
interface Live extends KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec?: Fields;
  readonly status?: Fields;
}

/**
 * Says of the objects of one namespace what controllers, kubelets and a Gateway implementation would say, because none of them runs:
 * Deployments have a ReplicaSet and become available, Services get endpoints, LeaderWorkerSets, Gateways and HTTPRoutes their
 * conditions, and what is deleted goes away. Whoever waits for an object waits for this.
 */
export class Controllers {
  private readonly held = new Set<string>();
  private readonly reported = new Map<string, string>();
  private poolsKnown = true;
  private readonly watched: readonly { readonly apiVersion: string; readonly kind: string }[];
  private running = false;
  private loop: Promise<void> = Promise.resolve();

  /** @param objects their kinds are looked after */
  constructor(
    private readonly client: KubeClient,
    private readonly namespace: string,
    objects: readonly KubeObject[],
  ) {
    const kinds = new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]));
    this.watched = [...kinds.values()];
  }

  start(): void {
    this.running = true;
    this.loop = this.run();
    // `stop` throws it; until then nobody listens.
    this.loop.catch(() => undefined);
  }

  /** Throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  /** Objects of the kind never become ready, until they are released. */
  hold(kind: string): void {
    this.held.add(kind);
  }

  release(kind: string): void {
    this.held.delete(kind);
  }

  /** False: routes are accepted, but their Gateway has no inference extension, so that a pool is no backend to it. */
  knowPools(known: boolean): void {
    this.poolsKnown = known;
  }

  private async run(): Promise<void> {
    while (this.running) {
      for (const { apiVersion, kind } of this.watched) {
        await this.tolerate(async () => {
          for (const object of await this.list(apiVersion, kind)) await this.tolerate(() => this.reconcile(object));
        });
      }
      await this.tolerate(() => this.finishNamespace());
      await sleep(ROUND_MS);
    }
  }

  private async list(apiVersion: string, kind: string): Promise<Live[]> {
    const items = await this.client.list(apiVersion, kind, this.namespace);
    return items.map((item) => ({ ...item, apiVersion, kind }) as Live);
  }

  private async reconcile(object: Live): Promise<void> {
    if (object.metadata.deletionTimestamp !== undefined) await this.finishDeletion(object);
    else if (!this.held.has(object.kind)) await this.makeReady(object);
  }

  /** What was deleted or changed in between, or of a kind that was just installed: the next round sees what is left. */
  private async tolerate(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ApiError && PASSING.has(error.status))) throw error;
    }
  }

  /** Pulumi deletes in the foreground, so an object stays until the garbage collector has deleted what it owns. */
  private async finishDeletion(object: Live): Promise<void> {
    if (object.kind === 'Deployment') for (const owned of await this.replicaSets(object)) await this.client.delete(owned);
    if (object.kind === 'Service') await this.client.delete(this.endpointsOf(object));
    await this.client.delete(object);
  }

  /** A deleted namespace stays until its controller says that nothing is left in it. */
  private async finishNamespace(): Promise<void> {
    const namespace = await this.client.get({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
    if ((namespace as Live | undefined)?.metadata.deletionTimestamp === undefined) return;
    await this.client.patch(namespace as Live, { metadata: { finalizers: null } });
    const { metadata, ...rest } = namespace as Live;
    const finished = { ...rest, metadata: { name: metadata.name, uid: metadata.uid }, spec: { finalizers: [] } };
    await this.client.request('PUT', `/api/v1/namespaces/${this.namespace}/finalize`, finished);
  }

  private async makeReady(object: Live): Promise<void> {
    switch (object.kind) {
      case 'Deployment':
        return this.rollOut(object);
      case 'Service':
        return this.connect(object);
      case 'LeaderWorkerSet':
        return this.report(object, {
          replicas: object.spec?.replicas,
          readyReplicas: object.spec?.replicas,
          ...conditions(object, 'Available'),
        });
      case 'Gateway':
        return this.report(object, { ...conditions(object, 'Accepted', 'Programmed'), addresses: [GATEWAY_ADDRESS] });
      case 'HTTPRoute':
        return this.report(object, { parents: parents(object, this.poolsKnown) });
    }
  }

  private async rollOut(deployment: Live): Promise<void> {
    const { name, generation, annotations, uid } = deployment.metadata;
    const { replicas = 1, selector, template } = deployment.spec as { replicas?: number; selector: Fields; template: Live };
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
    const all = await this.replicaSets(deployment);
    const current = all.find(({ metadata }) => metadata.labels?.[HASH] === hash);
    const newest = Math.max(0, ...all.map(revisionOf));
    const revision = current === undefined ? newest + 1 : revisionOf(current);
    if (deployment.status?.observedGeneration === generation && annotations?.[REVISION] === String(revision)) return;

    const labels = { ...template.metadata.labels, [HASH]: hash };
    const replicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace: this.namespace,
        labels,
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: { replicas, selector, template: { ...template, metadata: { ...template.metadata, labels } } },
    };
    await this.client.apply(replicaSet);
    const counts = { replicas, readyReplicas: readyOf(deployment, replicas), availableReplicas: readyOf(deployment, replicas) };
    await this.client.patchStatus(replicaSet, { ...counts, observedGeneration: 1 });
    await this.client.patch(deployment, { metadata: { annotations: { [REVISION]: String(revision) } } });
    await this.client.patchStatus(deployment, {
      ...counts,
      updatedReplicas: replicas,
      observedGeneration: generation,
      conditions: [condition('Available', 'MinimumReplicasAvailable'), condition('Progressing', 'NewReplicaSetAvailable')],
    });
  }

  private async replicaSets(deployment: Live): Promise<Live[]> {
    const all = await this.list('apps/v1', 'ReplicaSet');
    return all.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid));
  }

  private endpointsOf(service: Live): KubeObject {
    return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: service.metadata.name, namespace: this.namespace } };
  }

  private async connect(service: Live): Promise<void> {
    const endpoints = this.endpointsOf(service);
    if (service.spec?.selector === undefined || (await this.client.get(endpoints)) !== undefined) return;
    const ports = (service.spec.ports as readonly { name?: string; port: number }[]).map(({ name, port }) => ({
      ...(name && { name }),
      port,
    }));
    await this.client.apply({ ...endpoints, subsets: [{ addresses: [{ ip: '10.1.0.1' }], ports }] });
  }

  /** Writes a status when it has changed, or the generation that its conditions tell. */
  private async report(object: Live, status: Fields): Promise<void> {
    const text = JSON.stringify(status);
    if (this.reported.get(object.metadata.uid) === text) return;
    await this.client.patchStatus(object, status);
    this.reported.set(object.metadata.uid, text);
  }
}

const revisionOf = ({ metadata }: Live): number => Number(metadata.annotations?.[REVISION] ?? 0);

/** Of routers that elect a leader only that one is ready. */
function readyOf(deployment: Live, replicas: number): number {
  return JSON.stringify(deployment.spec).includes('--ha-enable-leader-election') ? 1 : replicas;
}

function condition(type: string, reason = type, status = 'True'): Fields {
  return { type, status, reason, message: reason, lastTransitionTime: BEGIN };
}

function current(object: Live, found: Fields): Fields {
  return { ...found, observedGeneration: object.metadata.generation };
}

function conditions(object: Live, ...types: readonly string[]): Fields {
  return { conditions: types.map((type) => current(object, condition(type))) };
}

function parents(route: Live, poolsKnown: boolean): Fields[] {
  const references = route.spec?.parentRefs as readonly Fields[];
  const backends = poolsKnown ? condition('ResolvedRefs') : condition('ResolvedRefs', 'InvalidKind', 'False');
  const said = [condition('Accepted'), backends].map((found) => current(route, found));
  return references.map((parentRef) => ({ parentRef, controllerName: 'example.com/gateway', conditions: said }));
}
