import type * as pulumi from '@pulumi/pulumi';
import { hasPlaceholder } from '../util/placeholder';
import { anyPlaceholder } from '../util/placeholder-table';
import { resolveText } from './output-token';

/** Fields whose values the API server wants in base64, by kind. */
const ENCODED: Readonly<Record<string, string>> = { Secret: 'data', ConfigMap: 'binaryData' };

type Manifest = Readonly<Record<string, unknown>>;

/**
 * The manifest of an object as Pulumi inputs: texts with tokens become outputs, all else stays as it is. Tokens inside of base64, which
 * the data of a Secret is written in, are found as well. `path` is the object's, for messages.
 */
export function resolveInputs(json: Manifest, path: string): Manifest {
  if (!anyPlaceholder()) {
    return json;
  }
  const encoded = json.apiVersion === 'v1' ? ENCODED[String(json.kind)] : undefined;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, resolve(value, `${key} of ${path}`, key === encoded ? encodedText : plainText)]),
  );
}

function resolve(value: unknown, where: string, text: (given: string, where: string) => unknown): unknown {
  if (typeof value === 'string') {
    return text(value, where);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolve(item, `[${index}] in ${where}`, text));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, `${key} in ${where}`, text)]));
  }
  return value;
}

function plainText(given: string, where: string): pulumi.Input<string> {
  return hasPlaceholder(given) ? resolveText(given, where) : given;
}

function encodedText(given: string, where: string): pulumi.Input<string> {
  const decoded = Buffer.from(given, 'base64').toString('utf8');
  return hasPlaceholder(decoded)
    ? resolveText(decoded, where).apply((known) => Buffer.from(known, 'utf8').toString('base64'))
    : plainText(given, where);
}
