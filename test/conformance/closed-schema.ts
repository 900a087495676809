/** As much of a CRD's structural OpenAPI schema as the conversion looks into. */
export interface StructuralSchema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly [keyword: string]: unknown;
}

type JsonSchema = Record<string, unknown>;

/** Keyword for lists of which Kubernetes wants some fields to be unique together; the value is the names of these fields. */
export const UNIQUE_KEYS = 'uniqueKeys';

const strings = { type: 'object', additionalProperties: { type: 'string' } };

// A CRD says only `metadata: {type: object}`; the API server knows the rest, so a misspelt `label` has to be found from here.
const objectMeta: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    generateName: { type: 'string' },
    namespace: { type: 'string' },
    labels: strings,
    annotations: strings,
    finalizers: { type: 'array', items: { type: 'string' } },
    ownerReferences: { type: 'array', items: { type: 'object', required: ['apiVersion', 'kind', 'name', 'uid'] } },
  },
};

/**
 * A JSON Schema that refuses what a strict API server refuses by the CRD's schema: OpenAPI leaves undeclared fields open,
 * while the API server drops them (and, asked to be strict, rejects the object). CEL rules are not part of it.
 */
export function closedRootSchema(root: StructuralSchema): JsonSchema {
  return withTypeAndMetadata(convert(root));
}

/** Objects, the outer one and embedded ones, have these fields whether or not the CRD declares them. */
function withTypeAndMetadata(schema: JsonSchema): JsonSchema {
  const { metadata, ...fields } = (schema.properties ?? {}) as Record<string, JsonSchema>;
  // The CRD may limit names further, but what it does not mention of the metadata stays legal.
  const limits = { ...metadata, additionalProperties: true };
  const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...fields, metadata: { allOf: [objectMeta, limits] } };
  return { ...schema, properties };
}

function convert(schema: StructuralSchema): JsonSchema {
  const { properties, items, additionalProperties, nullable, ...rest } = schema;
  // The value validations in anyOf, allOf, oneOf and not stay as they are: whatever they name is declared outside of them too.
  const converted: JsonSchema = { ...rest };
  if (rest['x-kubernetes-int-or-string'] === true) {
    // The usual anyOf of both types says the same with three errors instead of one.
    if (isIntOrString(rest.anyOf)) delete converted.anyOf;
    converted.type = ['integer', 'string'];
  }
  if (nullable && converted.type !== undefined) converted.nullable = true;
  if (items) converted.items = convert(items);
  if (rest['x-kubernetes-list-type'] === 'set') converted.uniqueItems = true;
  if (rest['x-kubernetes-list-type'] === 'map') converted[UNIQUE_KEYS] = rest['x-kubernetes-list-map-keys'];
  if (properties) converted.properties = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, convert(field)]));
  if (typeof additionalProperties === 'object') converted.additionalProperties = convert(additionalProperties);
  else if (schema.type === 'object')
    converted.additionalProperties = additionalProperties ?? rest['x-kubernetes-preserve-unknown-fields'] === true;
  return rest['x-kubernetes-embedded-resource'] === true ? withTypeAndMetadata(converted) : converted;
}

function isIntOrString(anyOf: unknown): boolean {
  return JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]';
}
