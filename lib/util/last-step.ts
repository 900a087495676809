import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { isApiObject } from './api-object';

/** What is done to a rendered object; returns the object to write. */
export type LastStep = (object: ApiObject, json: unknown) => unknown;

/** Under which an object keeps how it was rendered before. Registered, so that two copies of the package do not do the work twice. */
const SOURCE = Symbol.for('cdk8s-llm-d.source-json');
/** Under which the root of a tree keeps the step of all its objects. */
const STEP = Symbol.for('cdk8s-llm-d.last-step');

interface Root {
  [STEP]?: LastStep;
}

/**
 * Makes `step` the last step of the rendering of every object of a tree: after overlays, tokens and JSON patches. For those that a class of
 * ours made it holds at once, for those of cdk8s and of the user from the next synth on: before anything is written, the ones that have
 * come since are included. A second call for a tree does nothing.
 */
export function coverTree(root: IConstruct, step: LastStep): void {
  const holder = root as Root;
  if (holder[STEP] !== undefined) {
    return;
  }
  holder[STEP] = step;
  root.node.addValidation({
    validate: () => {
      root.node.findAll().filter(isApiObject).forEach(takeLastStep);
      return [];
    },
  });
}

/** Makes an object take the last step of its tree. It is done to the object, since classes of cdk8s and of the user need it too. */
export function takeLastStep(object: ApiObject): void {
  if (SOURCE in object) {
    return;
  }
  const render = object.toJson;
  const source = () => render.call(object) as unknown;
  const stepped = () => {
    const { [STEP]: step } = object.node.root as Root;
    return step === undefined ? source() : step(object, source());
  };
  Object.defineProperty(object, SOURCE, { value: source });
  Object.defineProperty(object, 'toJson', { value: stepped, configurable: true, writable: true });
}

/** An object as it is without the last step. */
export function sourceJson(object: ApiObject): unknown {
  const { [SOURCE]: source } = object as { [SOURCE]?: () => unknown };
  return source === undefined ? object.toJson() : source();
}
