import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { isApiObject } from '../util/api-object';
import type { Finding } from './findings';

/** Annotation that holds the warnings of an object, one a line. */
export const WARNINGS_ANNOTATION = 'cdk8s-llm-d/warnings';

const REQUESTED = Symbol.for('cdk8s-llm-d.annotate-warnings');
const ANNOTATED = Symbol.for('cdk8s-llm-d.annotated');

/**
 * Writes the warnings of everything below `scope` into the annotation {@link WARNINGS_ANNOTATION} of the object that they concern, or
 * of the first object of the construct that they concern. They are printed as well; acknowledged ones are neither printed nor written.
 */
export function annotateWarnings(scope: IConstruct): void {
  (scope as unknown as Record<symbol, boolean>)[REQUESTED] = true;
}

/** Brings the annotations up to date with the warnings of a run. */
export function annotate(constructs: ReadonlyMap<string, IConstruct>, warnings: readonly Finding[]): void {
  const lines = new Map<ApiObject, string[]>();
  for (const { path, code, message } of warnings) {
    const construct = constructs.get(path);
    const object = construct === undefined || !isRequested(construct) ? undefined : firstObject(construct);
    if (object !== undefined) {
      lines.set(object, [...(lines.get(object) ?? []), `${code} ${message}`]);
    }
  }
  for (const construct of constructs.values()) {
    if (isApiObject(construct)) {
      write(construct, lines.get(construct)?.join('\n'));
    }
  }
}

/** An annotation of an earlier run goes when its warning is gone. */
function write(object: ApiObject, text: string | undefined): void {
  const marks = object as unknown as Record<symbol, boolean | undefined>;
  if (text !== undefined || marks[ANNOTATED] === true) {
    marks[ANNOTATED] = text !== undefined;
    // cdk8s leaves out what is undefined.
    object.metadata.addAnnotation(WARNINGS_ANNOTATION, text as string);
  }
}

function isRequested(scope: IConstruct): boolean {
  return scope.node.scopes.some((at) => (at as unknown as Record<symbol, boolean | undefined>)[REQUESTED] === true);
}

function firstObject(construct: IConstruct): ApiObject | undefined {
  if (isApiObject(construct)) {
    return construct;
  }
  for (const child of construct.node.children) {
    const object = firstObject(child);
    if (object !== undefined) {
      return object;
    }
  }
  return undefined;
}
