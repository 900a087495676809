import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { closedRootSchema, type StructuralSchema, UNIQUE_KEYS } from './closed-schema';
import { readCrds } from './crd-files';
import { describeObject, type KubeObject } from './manifests';

/** Formats that the API server checks and JSON Schema means the same by; it ignores others, and so do we. */
const FORMATS = ['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'ipv4', 'ipv6', 'uuid'] as const;

/** Groups that the API server brings along; any other group has to come from a CRD. */
const BUILT_IN_GROUP =
  /^(|apps|batch|autoscaling|policy|(admissionregistration|apiextensions|apiregistration|networking|rbac\.authorization|scheduling|storage|resource|coordination|discovery|node|certificates|flowcontrol\.apiserver)\.k8s\.io)$/;

const schemasByFolder = new Map<string, CrdSchemas>();

/**
 * Checks objects against the schemas of the CRDs below a folder, undeclared fields included, without an API server.
 * Objects of built-in kinds are not checked. Returns one line a finding, none if all is well.
 */
export function validateAgainstCrds(objects: readonly KubeObject[], crdDir: string): string[] {
  const schemas = schemasByFolder.get(crdDir) ?? new CrdSchemas(crdDir);
  schemasByFolder.set(crdDir, schemas);
  return objects.flatMap((object) => schemas.findings(object).map((finding) => `${describeObject(object)}: ${finding}`));
}

class CrdSchemas {
  private readonly sources = new Map<string, StructuralSchema>();
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly ajv = newAjv();

  public constructor(private readonly folder: string) {
    for (const { spec } of readCrds(folder)) {
      for (const version of spec.versions) {
        const schema = version.schema?.openAPIV3Schema;
        if (schema && version.served) this.sources.set(`${spec.group}/${version.name} ${spec.names.kind}`, schema as StructuralSchema);
      }
    }
  }

  public findings(object: KubeObject): string[] {
    const validate = this.validator(`${object.apiVersion} ${object.kind}`);
    if (!validate) {
      const group = object.apiVersion.includes('/') ? object.apiVersion.slice(0, object.apiVersion.indexOf('/')) : '';
      return BUILT_IN_GROUP.test(group) ? [] : [`no CRD serves ${object.apiVersion} ${object.kind} below '${this.folder}'`];
    }
    // A copy, because validation fills in the CRD's defaults: required fields that have one may be left out.
    return validate(structuredClone(object)) ? [] : (validate.errors ?? []).map(finding);
  }

  /** Compiled when first asked for: the schema of a kind that embeds pods takes longer than all objects of a file. */
  private validator(key: string): ValidateFunction | undefined {
    const source = this.sources.get(key);
    if (!source) return undefined;
    const validate = this.compiled.get(key) ?? this.ajv.compile(closedRootSchema(source));
    this.compiled.set(key, validate);
    return validate;
  }
}

function newAjv(): Ajv {
  // Not strict: OpenAPI and Kubernetes have keywords of their own.
  const regExp = Object.assign(goRegExp, { code: 'goRegExp' });
  const ajv = new Ajv({ allErrors: true, strict: false, useDefaults: true, verbose: true, logger: false, code: { regExp } });
  addFormats(ajv, [...FORMATS]);
  ajv.addKeyword({ keyword: UNIQUE_KEYS, post: true, errors: false, validate: hasUniqueKeys });
  return ajv;
}

/** Patterns are written for Go, which has inline flags and allows escapes that a `u` expression refuses. */
function goRegExp(pattern: string): RegExp {
  const plain = pattern.replace('(?i)', '');
  const flags = plain === pattern ? '' : 'i';
  try {
    return new RegExp(plain, `u${flags}`);
  } catch {
    return new RegExp(plain, flags);
  }
}

function hasUniqueKeys(keys: readonly string[], items: unknown): boolean {
  if (!Array.isArray(items)) return true; // `type` has said so already
  return new Set(items.map((item) => JSON.stringify(keys.map((key) => item?.[key] ?? null)))).size === items.length;
}

function finding({ instancePath, keyword, message, params, schema }: ErrorObject): string {
  const path = dotted(instancePath);
  const at = (field: string): string => (path ? `${path}.${field}` : field);
  if (keyword === 'additionalProperties') return `${at(params.additionalProperty)}: unknown field`;
  if (keyword === 'required') return `${at(params.missingProperty)}: required`;
  if (keyword === 'enum') return `${path}: must be one of ${params.allowedValues.join(', ')}`;
  if (keyword === UNIQUE_KEYS) return `${path}: items must differ in ${(schema as string[]).join(', ')}`;
  return `${path || 'object'}: ${message}`;
}

/** `/spec/ports/0/name` as Kubernetes writes it: `spec.ports[0].name`. */
function dotted(pointer: string): string {
  const steps = pointer.split('/').slice(1);
  const join = (path: string, step: string): string => (path ? `${path}.${step}` : step);
  return steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : join(path, step)), '');
}
