import * as pulumi from '@pulumi/pulumi';
import { fail } from '../../validation/error';
import { outputToken } from '../output-token';
import { isInputPath } from './input-paths';

/** Fields of values that are made by factories (`Accelerator`, `Duration`, …) are theirs to check: they have methods, plain args have none. */
type HasMethod<T> = true extends { [K in keyof T]-?: NonNullable<T[K]> extends (...args: never[]) => unknown ? true : never }[keyof T]
  ? true
  : false;

/**
 * Args of a component: those of the construct, where each free text may be an output or a promise.
 *
 * Only texts may: how many replicas there are, how a model is cut over devices, which of two words is chosen decide which objects exist
 * and what is checked, and all of that is done before the deployment begins. A number or a name that comes from another stack is read
 * with `config` or `await stackReference.getOutputValue(…)`, before the component is made.
 */
export type Inputs<T> = unknown extends T
  ? T
  : T extends string
    ? string extends T
      ? pulumi.Input<string>
      : T
    : T extends number | boolean | null | undefined | ((...args: never[]) => unknown)
      ? T
      : T extends readonly (infer E)[]
        ? readonly Inputs<E>[]
        : HasMethod<T> extends true
          ? T
          : { readonly [K in keyof T]: Inputs<T[K]> };

/**
 * The props that args stand for, outputs and promises replaced by tokens; values that factories made stay as they are.
 *
 * Throws LLMD921 for an output in a place that decides what is planned.
 */
export function propsOf<T>(args: Inputs<T>): T {
  return read(args, []) as T;
}

function read(value: unknown, path: readonly string[]): unknown {
  if (isAwaited(value)) {
    return isInputPath(path) ? outputToken(value) : fail('LLMD921', { prop: shown(path), given: kindOf(value) });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => read(item, [...path, String(index)]));
  }
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, [...path, key])]));
  }
  return value;
}

function isAwaited(value: unknown): value is pulumi.Input<string> {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `models[0].weight`. */
function shown(path: readonly string[]): string {
  return path.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`)).join('');
}

function kindOf(value: unknown): string {
  return pulumi.Output.isInstance(value) ? 'a Pulumi output' : 'a promise';
}
