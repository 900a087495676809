import type { JsonObject } from 'llm-d-epp-config';
import { InferenceError } from '../plugin/errors';

/** Refuses a request whose body is not what its API asks for. */
export const badRequest = (message: string): InferenceError => new InferenceError('BadRequest', message);

/** Whether a JSON value is an object, not a list. */
export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text, or '' when the value is none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Decodes a body that must be a JSON object. `null` counts as an object without fields, as it does upstream.
 * @throws InferenceError BadRequest that begins with `prefix`
 */
export function jsonBody(body: Buffer, prefix: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw badRequest(`${prefix}${(cause as Error).message}`);
  }
  if (value === null) return {};
  if (!isJsonObject(value))
    throw badRequest(`${prefix}the body is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not an object`);
  return value;
}

/**
 * Cap on output tokens: the first of the fields that holds a whole number of at least 0.
 * Source: llm-d-router v0.10.0, `interface/requesthandling`.
 */
export function outputCap(payload: JsonObject, ...fields: readonly string[]): number | undefined {
  for (const field of fields) {
    const value = payload[field];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  }
  return undefined;
}

const MAX_TOKEN_ID = 0xffffffff;

/** Token ids of a JSON list; the index of the first value that is none instead, when there is one. */
export function tokenIdList(values: readonly unknown[]): Uint32Array | number {
  const ids = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_TOKEN_ID) return i;
    ids[i] = value;
  }
  return ids;
}
