import { isObject, type JsonObject, own } from '../json';
import type { ObjectSchema } from '../schema';

/**
 * Parameters with the defaults of the schema in place of what is left out, inside given objects too. Empty text counts as
 * left out, as it does for the router.
 */
export function fillParameters(schema: ObjectSchema, given: JsonObject): JsonObject {
  const defaults = Object.entries(schema.fields).flatMap(([name, field]) => {
    const value = own(given, name);
    if (field.kind === 'object' && isObject(value)) return [[name, fillParameters(field, value)] as const];
    const absent = value === undefined || (value === '' && field.kind === 'text');
    return absent && field.default !== undefined && field.removedIn === undefined ? [[name, field.default] as const] : [];
  });
  return Object.fromEntries([...Object.entries(given), ...defaults]);
}
