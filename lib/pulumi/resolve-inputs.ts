import type * as pulumi from '@pulumi/pulumi';
import { hasPlaceholder } from '../util/placeholder';
import { resolveTokens } from './output-token';

/** Fields whose values the API server wants in base64, by kind. */
const ENCODED: Readonly<Record<string, string>> = { Secret: 'data', ConfigMap: 'binaryData' };

/**
 * The manifest of an object as Pulumi inputs: texts with tokens become outputs, all else stays as it is. Tokens inside of base64, which
 * the data of a Secret is written in, are found as well.
 */
export function resolveInputs(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const encoded = json.apiVersion === 'v1' ? ENCODED[String(json.kind)] : undefined;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, key === encoded ? resolve(value, encodedText) : resolve(value, plainText)]),
  );
}

function resolve(value: unknown, text: (given: string) => unknown): unknown {
  if (typeof value === 'string') {
    return text(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, text));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, text)]));
  }
  return value;
}

function plainText(given: string): pulumi.Input<string> {
  return hasPlaceholder(given) ? resolveTokens(given) : given;
}

function encodedText(given: string): pulumi.Input<string> {
  const decoded = Buffer.from(given, 'base64').toString('utf8');
  return hasPlaceholder(decoded)
    ? resolveTokens(decoded).apply((known) => Buffer.from(known, 'utf8').toString('base64'))
    : plainText(given);
}
