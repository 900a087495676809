import type { JsonObject } from 'llm-d-epp-config';
import { isJsonObject } from './json-body';

/** Whether a JSON value has the type that a field asks for. `null` always has, because it counts as absent. */
export type FieldType = (value: unknown) => boolean;

/** Types of the fields that are looked at; all others may hold anything. */
export type FieldTypes = Readonly<Record<string, FieldType>>;

/** A string. */
export const text: FieldType = (value) => value === null || typeof value === 'string';
/** `true` or `false`. */
export const flag: FieldType = (value) => value === null || typeof value === 'boolean';
/** A whole number. */
export const whole: FieldType = (value) => value === null || Number.isInteger(value);

/** Whether all given fields of an object have their types. */
export function haveTypes(object: JsonObject, types: FieldTypes): boolean {
  for (const name in types) {
    const value = object[name];
    if (value !== undefined && value !== null && !types[name]?.(value)) return false;
  }
  return true;
}

/** An object whose fields have types. */
export const record =
  (types: FieldTypes): FieldType =>
  (value) =>
    value === null || (isJsonObject(value) && haveTypes(value, types));

/** A list whose items have a type. */
export const list =
  (item: FieldType): FieldType =>
  (value) =>
    value === null || (Array.isArray(value) && value.every(item));

/** An object of any names whose values have a type. */
export const mapOf =
  (item: FieldType): FieldType =>
  (value) =>
    value === null || (isJsonObject(value) && Object.values(value).every(item));

/** Text or a list of blocks. */
export const textOrBlocks = (block: FieldType): FieldType => {
  const blocks = list(block);
  return (value) => typeof value === 'string' || blocks(value);
};

/** A list of anything. */
export const anyList: FieldType = (value) => value === null || Array.isArray(value);
/** An object with anything in it. */
export const anyObject: FieldType = (value) => value === null || isJsonObject(value);
