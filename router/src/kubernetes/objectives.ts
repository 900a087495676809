import type { KubeObject, Observer } from './reflector';

/**
 * Which pool an object is for.
 *
 * @default - of every field: absent
 */
export interface PoolRef {
  readonly name: string;
  readonly group?: string;
}

/** The pool that this router serves. */
export interface PoolIdentity {
  readonly name: string;
  readonly group: string;
}

/**
 * The fields of an InferenceObjective.
 *
 * @default - of every field: absent
 */
export interface InferenceObjective extends KubeObject {
  readonly spec?: { readonly priority?: number; readonly poolRef?: PoolRef };
}

/** API group of InferencePools, and of a pool reference that names none. Source: the default in the CRDs of llm-d-router v0.10.0. */
export const POOL_GROUP = 'inference.networking.k8s.io';

/** Whether an object is for this pool and not being deleted. */
export function isFor(pool: PoolIdentity, object: KubeObject & { readonly spec?: { readonly poolRef?: PoolRef } }): boolean {
  const ref = object.spec?.poolRef;
  return ref?.name === pool.name && (ref.group ?? POOL_GROUP) === pool.group && object.metadata.deletionTimestamp === undefined;
}

/** Priorities by the name of their objective. */
export class Objectives implements Observer<InferenceObjective> {
  private readonly priorities = new Map<string, number>();

  constructor(private readonly pool: PoolIdentity) {}

  replaced(objects: readonly InferenceObjective[]): void {
    this.priorities.clear();
    for (const object of objects) this.changed(object);
  }

  changed(object: InferenceObjective): void {
    if (isFor(this.pool, object)) this.priorities.set(object.metadata.name, object.spec?.priority ?? 0);
    else this.priorities.delete(object.metadata.name);
  }

  deleted(object: InferenceObjective): void {
    this.priorities.delete(object.metadata.name);
  }

  priorityOf(name: string): number | undefined {
    return this.priorities.get(name);
  }

  /** Every priority once. */
  all(): readonly number[] {
    return [...new Set(this.priorities.values())];
  }
}
