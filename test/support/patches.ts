import { type ApiObject, JsonPatch } from 'cdk8s';
import { ManifestResult } from '../../lib/testing';

/** Field that no schema knows. */
export const PROBE = 'xCdk8sLlmDProbe';
const ANNOTATION = 'llm-d.ai/probe';

type Json = Record<string, unknown>;

/** A patch and the value that must be in the output because of it. */
interface Probe {
  readonly path: string;
  readonly value: unknown;
}

/**
 * Kinds made with cdk8s-plus-28, whose generated `toJson` runs after the patch and writes only the fields that it knows: they are
 * patched with a known field. All other kinds take any field.
 */
const KNOWN_FIELDS: Readonly<Record<string, Probe>> = {
  ServiceAccount: { path: '/imagePullSecrets', value: [{ name: 'probe' }] },
  Role: { path: '/rules/0', value: { apiGroups: ['probe.io'], resources: ['probes'], verbs: ['get'] } },
  RoleBinding: { path: '/subjects/0', value: { kind: 'ServiceAccount', name: 'probe', namespace: 'probe' } },
  ConfigMap: { path: '/immutable', value: true },
};

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Pointers to the places of an object that should take an unknown field: its spec, and the deepest object on the way down. */
function places(json: Json): string[] {
  const top = isJson(json.spec) ? '/spec' : '';
  let deepest = top;
  let inside: unknown = top === '' ? json : json.spec;
  for (;;) {
    const next = Object.entries(inside as Json).find(
      ([key, value]) => key !== 'metadata' && (isJson(value) || (Array.isArray(value) && isJson(value[0]))),
    );
    if (next === undefined) {
      return [...new Set([top, deepest])];
    }
    const isList = Array.isArray(next[1]);
    deepest += `/${next[0].replaceAll('~', '~0').replaceAll('/', '~1')}${isList ? '/0' : ''}`;
    inside = isList ? (next[1] as unknown[])[0] : next[1];
  }
}

function probesOf(json: Json): Probe[] {
  const known = KNOWN_FIELDS[String(json.kind)];
  return known === undefined ? places(json).map((place) => ({ path: `${place}/${PROBE}`, value: { a: [1, { b: 'c' }] } })) : [known];
}

/** The value at a JSON pointer. */
export function valueAt(json: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<unknown>((value, key) => (value as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], json);
}

/** Adds an annotation and the probes to an object, and returns what of it the output lost. */
export function lostPatches(object: ApiObject): string[] {
  const before = object.toJson() as Json;
  const probes = probesOf(before);
  const annotations = (before.metadata as { annotations?: Json }).annotations ?? {};
  object.addJsonPatch(JsonPatch.add('/metadata/annotations', { ...annotations, [ANNOTATION]: 'probe' }));
  object.addJsonPatch(...probes.map(({ path, value }) => JsonPatch.add(path, value)));
  const after = new ManifestResult(object.toJson());
  const lost = probes
    .filter(({ path, value }) => JSON.stringify(valueAt(after.json, path)) !== JSON.stringify(value))
    .map(({ path }) => path);
  return after.get(`metadata.annotations["${ANNOTATION}"]`) === 'probe' ? lost : ['/metadata/annotations', ...lost];
}
