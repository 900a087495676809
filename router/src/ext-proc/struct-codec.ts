import type { ReverseWriter } from './reverse-writer';
import { FieldReader, WireError, wireType } from './wire';

/** How deep lists and objects may lie in each other. */
const MAX_DEPTH = 100;

/** A value as `google.protobuf.Value` holds it. */
export type StructValue = null | number | string | boolean | readonly StructValue[] | { readonly [name: string]: StructValue };

/**
 * Decodes one namespace of `envoy.config.core.v3.Metadata.filter_metadata`; undefined when it is not there.
 * @throws WireError
 */
export function decodeNamespace(bytes: Buffer, start: number, end: number, namespace: string): Record<string, StructValue> | undefined {
  let found: Record<string, StructValue> | undefined;
  const entries = new FieldReader().open(bytes, start, end);
  const entry = new FieldReader();
  while (entries.next()) {
    if (!entries.isBytes(1)) continue;
    let key = '';
    let from = 0;
    let to = 0;
    entry.open(bytes, entries.start, entries.end);
    while (entry.next()) {
      if (entry.isBytes(1)) key = entry.text();
      else if (entry.isBytes(2)) [from, to] = [entry.start, entry.end];
    }
    if (key === namespace) found = decodeStruct(bytes, from, to);
  }
  return found;
}

/** Decodes a `google.protobuf.Struct`. @throws WireError */
export function decodeStruct(bytes: Buffer, start: number, end: number, depth = 0): Record<string, StructValue> {
  if (depth > MAX_DEPTH) throw new WireError('metadata is nested too deep');
  // Without a prototype, so that no key of a client means more than itself.
  const result: Record<string, StructValue> = Object.create(null);
  const fields = new FieldReader().open(bytes, start, end);
  const entry = new FieldReader();
  while (fields.next()) {
    if (!fields.isBytes(1)) continue;
    let key = '';
    let value: StructValue = null;
    entry.open(bytes, fields.start, fields.end);
    while (entry.next()) {
      if (entry.isBytes(1)) key = entry.text();
      else if (entry.isBytes(2)) value = decodeValue(bytes, entry.start, entry.end, depth);
    }
    result[key] = value;
  }
  return result;
}

function decodeValue(bytes: Buffer, start: number, end: number, depth: number): StructValue {
  let value: StructValue = null;
  const reader = new FieldReader().open(bytes, start, end);
  while (reader.next()) {
    if (reader.field === 1 && reader.type === wireType.varint) value = null;
    else if (reader.field === 2 && reader.type === wireType.fixed64) value = reader.double();
    else if (reader.isBytes(3)) value = reader.text();
    else if (reader.field === 4 && reader.type === wireType.varint) value = reader.value !== 0;
    else if (reader.isBytes(5)) value = decodeStruct(bytes, reader.start, reader.end, depth + 1);
    else if (reader.isBytes(6)) value = decodeList(bytes, reader.start, reader.end, depth + 1);
  }
  return value;
}

function decodeList(bytes: Buffer, start: number, end: number, depth: number): StructValue[] {
  if (depth > MAX_DEPTH) throw new WireError('metadata is nested too deep');
  const values: StructValue[] = [];
  const reader = new FieldReader().open(bytes, start, end);
  while (reader.next()) if (reader.isBytes(1)) values.push(decodeValue(bytes, reader.start, reader.end, depth));
  return values;
}

/** Writes the fields of a `google.protobuf.Struct`. Values that JSON does not know (functions, undefined) become null. */
export function writeStruct(out: ReverseWriter, fields: Readonly<Record<string, unknown>>, depth = 0): void {
  for (const [name, value] of Object.entries(fields).reverse()) writeField(out, name, () => writeValue(out, value, depth));
}

/** Writes one field of a Struct: `content` writes its `google.protobuf.Value`. */
export function writeField(out: ReverseWriter, name: string, content: () => void): void {
  const entry = out.size;
  content();
  out.wrap(2, entry);
  out.textField(1, name);
  out.wrap(1, entry);
}

/** Writes a `google.protobuf.Value` that holds text. */
export function writeText(out: ReverseWriter, value: string): void {
  out.textField(3, value);
}

/** Writes a `google.protobuf.Value` that holds a number. */
export function writeNumber(out: ReverseWriter, value: number): void {
  out.double(value);
  out.byte((2 << 3) | wireType.fixed64);
}

/** Writes a `google.protobuf.Value` that holds an object, whose fields `content` writes. */
export function writeObject(out: ReverseWriter, content: () => void): void {
  const before = out.size;
  content();
  out.wrap(5, before);
}

function writeValue(out: ReverseWriter, value: unknown, depth: number): void {
  if (typeof value === 'string') writeText(out, value);
  else if (typeof value === 'number') writeNumber(out, value);
  else if (typeof value === 'bigint') writeNumber(out, Number(value));
  else if (typeof value === 'boolean') {
    out.byte(value ? 1 : 0);
    out.byte(4 << 3);
  } else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    if (Array.isArray(value)) writeList(out, value, depth + 1);
    else writeObject(out, () => writeStruct(out, value as Record<string, unknown>, depth + 1));
  } else {
    out.byte(0);
    out.byte(1 << 3);
  }
}

function writeList(out: ReverseWriter, values: readonly unknown[], depth: number): void {
  const list = out.size;
  for (let i = values.length - 1; i >= 0; i--) {
    const before = out.size;
    writeValue(out, values[i], depth);
    out.wrap(1, before);
  }
  out.wrap(6, list);
}
