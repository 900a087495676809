import { parseGoDuration, parseQuantity } from './go-values';
import type { IssueCollector } from './issues';
import { alternatives, fieldPath, isAbsent, isObject, type JsonObject, own, show, typeName } from './json';
import type { ListSchema, MapSchema, NumberSchema, ObjectSchema, TextSchema, ValueSchema } from './schema';
import { isByteSize, isMetricSpec } from './text-formats';
import { describeAvailability, isKnownIn, type RouterVersion } from './versions';

/** What a check of values needs to know. */
export interface SchemaContext {
  readonly issues: IssueCollector;
  readonly version: RouterVersion;
  /** Word for the members of an object: `field` of the document, `parameter` of a plugin. */
  readonly noun: 'field' | 'parameter';
}

/**
 * Reports every problem of `value` and returns what is usable of it: values of the wrong type are left out, so that later
 * checks never meet them.
 */
function checkValue(context: SchemaContext, schema: ValueSchema, value: unknown, path: string): unknown {
  switch (schema.kind) {
    case 'any':
      return value;
    case 'text':
      return checkText(context, schema, value, path);
    case 'number':
      return checkNumber(context, schema, value, path);
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType(context, 'true or false', value, path);
    case 'quantity':
      return checkQuantity(context, value, path);
    case 'list':
      return checkList(context, schema, value, path);
    case 'map':
      return checkMap(context, schema, value, path);
    case 'object':
      return checkObject(context, schema, value, path);
  }
}

/** {@link checkValue} for an object; undefined when `value` is none. */
export function checkObject(context: SchemaContext, schema: ObjectSchema, value: unknown, path: string): JsonObject | undefined {
  if (!isObject(value)) return wrongType(context, 'an object', value, path);
  const { issues, noun, version } = context;
  const known = Object.keys(schema.fields).filter((name) => isKnownIn(schema.fields[name]!, version));
  const usable: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const at = fieldPath(path, name);
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (field === undefined) {
      const code = noun === 'field' ? 'EPP002' : 'EPP012';
      const hint = issues.suggest(name, known) || `, ${known.length === 0 ? 'none is allowed here' : `allowed are ${known.join(', ')}`}`;
      issues.add(code, at, `unknown ${noun} ${show(name)}${hint}${hint.endsWith('?') ? '' : '; remove it'}`);
      continue;
    }
    if (isAbsent(item)) continue;
    if (!isKnownIn(field, version)) {
      issues.add('EPP014', at, `${noun} ${show(name)} ${describeAvailability(field)}, the router here is ${version}; remove it`);
      continue;
    }
    if (field.deprecated !== undefined) issues.add('EPP011', at, `${noun} ${show(name)} is deprecated, ${field.deprecated}`);
    const checked = checkValue(context, field, item, at);
    if (checked !== undefined) usable.push([name, checked]);
  }
  reportMissing(context, schema, value, path);
  const result: JsonObject = Object.fromEntries(usable);
  for (const rule of schema.rules ?? []) {
    for (const breach of rule(result)) {
      issues.add(breach.code ?? 'EPP010', breach.field === '' ? path : `${path}.${breach.field}`, breach.message);
    }
  }
  return result;
}

function reportMissing({ issues, noun, version }: SchemaContext, schema: ObjectSchema, value: JsonObject, path: string): void {
  for (const [name, field] of Object.entries(schema.fields)) {
    const given = own(value, name);
    if (field.required && isKnownIn(field, version) && (isAbsent(given) || given === '')) {
      issues.add('EPP004', fieldPath(path, name), `${noun} ${show(name)} is ${given === '' ? 'empty' : 'missing'}, give it a value`);
    }
  }
}

function wrongType({ issues }: SchemaContext, wanted: string, value: unknown, path: string): undefined {
  issues.add('EPP003', path, `expected ${wanted}, got ${typeName(value)}${isScalar(value) ? ` (${show(value)})` : ''}`);
  return undefined;
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function checkText(context: SchemaContext, schema: TextSchema, value: unknown, path: string): string | undefined {
  if (typeof value !== 'string') return wrongType(context, schema.oneOf ? alternatives(schema.oneOf) : 'text', value, path);
  // Empty text is Go's zero value: the router takes it for a field that was left out.
  if (value === '') return value;
  const { issues, version } = context;
  const newer = schema.newerWords && Object.hasOwn(schema.newerWords, value) ? schema.newerWords[value] : undefined;
  if (schema.oneOf && !schema.oneOf.includes(value)) {
    issues.add('EPP005', path, `${show(value)} is not allowed, write ${alternatives(schema.oneOf)}${issues.suggest(value, schema.oneOf)}`);
  } else if (newer !== undefined && !isKnownIn({ since: newer }, version)) {
    issues.add('EPP014', path, `${show(value)} needs ${newer} or newer, the router here is ${version}; choose another value`);
  } else if (schema.format === 'duration') {
    const milliseconds = parseGoDuration(value);
    if (milliseconds === undefined) issues.add('EPP007', path, `${show(value)} is no duration, write for example "200ms", "5s" or "1m30s"`);
    else if (milliseconds < 0) issues.add('EPP006', path, `${show(value)} is negative, write a duration of at least "0s"`);
    else if (milliseconds === 0 && schema.positive) issues.add('EPP006', path, `${show(value)} is zero, write a longer duration`);
  } else if (schema.format === 'metric' && !isMetricSpec(value)) {
    issues.add('EPP009', path, `${show(value)} names no Prometheus metric, write for example "metric_name" or "metric_name{label=value}"`);
  } else if (schema.format === 'bytes' && !isByteSize(value)) {
    issues.add('EPP009', path, `${show(value)} is no byte size, write for example "512MiB" or "2GiB"`);
  }
  return value;
}

function checkNumber(context: SchemaContext, schema: NumberSchema, value: unknown, path: string): number | undefined {
  const wanted = `${schema.whole ? 'a whole number' : 'a number'}${schema.unit ? ` of ${schema.unit}` : ''}`;
  if (typeof value !== 'number' || !Number.isFinite(value) || (schema.whole && !Number.isInteger(value))) {
    return wrongType(context, wanted, value, path);
  }
  const {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    above = Number.NEGATIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
  } = schema;
  if (value < min || value > max || value <= above || value >= below) {
    context.issues.add('EPP006', path, `${value} is out of range, write ${wanted} ${describeRange(schema)}`);
  }
  return value;
}

function describeRange({ min, max, above, below }: NumberSchema): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  const lower = above !== undefined ? `above ${above}` : min !== undefined ? `of at least ${min}` : undefined;
  const upper = below !== undefined ? `below ${below}` : max !== undefined ? `of at most ${max}` : undefined;
  return [lower, upper].filter((bound) => bound !== undefined).join(' and ');
}

function checkQuantity(context: SchemaContext, value: unknown, path: string): string | number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType(context, 'a quantity such as "10Gi" or 500', value, path);
  const units = parseQuantity(value);
  if (units === undefined) {
    context.issues.add('EPP008', path, `${show(value)} is no quantity, write for example "10Gi", "1k" or 500`);
    return undefined;
  }
  if (units < 0) context.issues.add('EPP063', path, `${show(value)} is negative, write 0 or more (0 means no limit)`);
  return value;
}

function checkList(context: SchemaContext, schema: ListSchema, value: unknown, path: string): unknown {
  if (!Array.isArray(value)) return wrongType(context, 'a list', value, path);
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (value.length < minItems || value.length > maxItems) {
    const allowed =
      minItems === maxItems ? `exactly ${minItems}` : value.length < minItems ? `at least ${minItems}` : `at most ${maxItems}`;
    context.issues.add(value.length === 0 ? 'EPP004' : 'EPP006', path, `the list has ${value.length} entries, write ${allowed}`);
  }
  // Unusable items stay as holes, so that later checks still name the right index.
  return value.map((item, index) => checkValue(context, schema.items, item, `${path}[${index}]`));
}

function checkMap(context: SchemaContext, schema: MapSchema, value: unknown, path: string): JsonObject | undefined {
  if (!isObject(value)) return wrongType(context, 'an object', value, path);
  const checked = Object.entries(value).map(
    ([key, item]) => [key, checkValue(context, schema.values, item, fieldPath(path, key))] as const,
  );
  return Object.fromEntries(checked.filter(([, item]) => item !== undefined));
}
