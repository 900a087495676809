import { describeObject, type KubeObject } from '../conformance/manifests';
import { ApiError } from './api-error';
import type { KubeClient } from './kube-client';

export interface ApplyResult {
  readonly applied: number;
  /** One entry an object: what it is and what the API server says of it. */
  readonly rejected: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Applies the objects for real: a dry run would not notice two objects of one file that contradict each other. They are deleted
 * afterwards, because files are alternatives for a user and may well use the same names.
 */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[]): Promise<ApplyResult> {
  for (const namespace of new Set(objects.flatMap((object) => object.metadata?.namespace ?? []))) await client.ensureNamespace(namespace);
  const applied: KubeObject[] = [];
  const rejected: string[] = [];
  const warnings: string[] = [];
  try {
    for (const object of objects) {
      try {
        const answer = await client.apply(object);
        applied.push(object);
        warnings.push(...answer.warnings.map((warning) => `${describeObject(object)}: ${warning}`));
      } catch (error) {
        rejected.push(`${describeObject(object)}: ${await fullMessage(client, object, error)}`);
      }
    }
  } finally {
    // Without its controller a deleted namespace would stay "terminating" for ever and refuse the next file's objects.
    for (const object of applied.reverse()) if (object.kind !== 'Namespace') await client.delete(object);
  }
  return { applied: applied.length, rejected, warnings };
}

/** Why the API server refuses to apply the object; `undefined` if it does not. */
export async function rejection(client: KubeClient, object: KubeObject): Promise<string | undefined> {
  return (await applyAll(client, [object])).rejected[0];
}

/** Server-side apply stops at the first undeclared field; a create (dry, with the same strictness) names all of them. */
async function fullMessage(client: KubeClient, object: KubeObject, error: unknown): Promise<string> {
  if (!(error instanceof ApiError)) throw error;
  if (!error.message.includes('field not declared')) return error.message;
  const whole = await client.create(object, { dryRun: true }).catch((other: Error) => other.message);
  return typeof whole === 'string' ? `${error.message}\n  ${whole}` : error.message;
}
