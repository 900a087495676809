import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { isApiObject } from './api-object';

/** What is done to a rendered object; returns the object to write. */
export type LastStep = (object: ApiObject, json: unknown) => unknown;

/** Under which an object keeps how it was rendered before. Registered, so that two copies of the package do not do the work twice. */
const SOURCE = Symbol.for('cdk8s-llm-d.source-json');
const COVERED = Symbol.for('cdk8s-llm-d.covers-tree');

/**
 * Makes `step` the last step of an object's rendering: after overlays, tokens and JSON patches. It is done to the object and not to its
 * class, since objects of cdk8s and of the user need it too. A second call for an object does nothing.
 */
export function addLastStep(object: ApiObject, step: LastStep): void {
  if (SOURCE in object) {
    return;
  }
  const render = object.toJson;
  const source = () => render.call(object) as unknown;
  Object.defineProperty(object, SOURCE, { value: source });
  Object.defineProperty(object, 'toJson', { value: () => step(object, source()), configurable: true, writable: true });
}

/** An object as it is without the last step. */
export function sourceJson(object: ApiObject): unknown {
  const { [SOURCE]: source } = object as { [SOURCE]?: () => unknown };
  return source === undefined ? object.toJson() : source();
}

/**
 * Makes `step` the last step of every object of a tree, whoever wrote its class: at each synth, before anything is written, those that
 * have come since are included. A second call for a tree does nothing.
 */
export function coverTree(root: IConstruct, step: LastStep): void {
  const holder = root as unknown as Record<symbol, boolean | undefined>;
  if (holder[COVERED] === true) {
    return;
  }
  holder[COVERED] = true;
  root.node.addValidation({
    validate: () => {
      for (const object of root.node.findAll().filter(isApiObject)) {
        addLastStep(object, step);
      }
      return [];
    },
  });
}
