import { randomBytes } from 'node:crypto';

/**
 * First letters of every placeholder. Placeholders are legal DNS labels, parts of image repositories, tags and label values, so that
 * they pass wherever the value could stand, alone or inside of other text.
 */
const MARK = 'llmdoutput';
const WHOLE = new RegExp(`${MARK}-\\d+-[0-9a-f]{6}`, 'g');
// A text that was shortened may end inside of the mark; less than half of it could be anybody's word.
const REMAINS = new RegExp(`${MARK}|llmdo(u|ut|utp|utpu)?$`, 'i');

/** A value that is computed from a text once the placeholders in it are known. */
export interface DerivedValue {
  /** Text with placeholders. */
  readonly text: string;
  /** Makes the value from the text without them. */
  derive(resolved: string): string;
}

// A mark, not a class: a second copy of the package must know it too.
const DERIVED = Symbol.for('cdk8s-llm-d.derived-value');

interface Table {
  /** Part of each placeholder: a text left over from another process can not be taken for a value of this one. */
  readonly salt: string;
  readonly values: Map<string, unknown>;
  readonly known: Map<unknown, string>;
  readonly derived: Map<string, string>;
}

const TABLE = Symbol.for('cdk8s-llm-d.placeholders');

// Kept at the process, not in this module, so that two copies of the package see the same values.
function table(): Table {
  const holder = globalThis as unknown as Record<symbol, Table | undefined>;
  holder[TABLE] ??= { salt: randomBytes(3).toString('hex'), values: new Map(), known: new Map(), derived: new Map() };
  return holder[TABLE];
}

/** Text that stands for a value which is only known at deployment; the same text for the same value. */
export function placeholder(value: unknown): string {
  const { salt, values, known } = table();
  const text = known.get(value) ?? `${MARK}-${values.size + 1}-${salt}`;
  known.set(value, text);
  values.set(text, value);
  return text;
}

/**
 * Text that stands for what `derive` makes of `text` once the placeholders in it are known, a hash say. `name` tells one derivation
 * from another: the same name and text give the same placeholder.
 */
export function derivedPlaceholder(name: string, text: string, derive: (resolved: string) => string): string {
  const { derived } = table();
  const key = `${name} ${text}`;
  const made = derived.get(key) ?? placeholder({ [DERIVED]: true, text, derive });
  derived.set(key, made);
  return made;
}

/** True for a value that {@link derivedPlaceholder} stands for. */
export function isDerived(value: unknown): value is DerivedValue {
  return typeof value === 'object' && value !== null && DERIVED in value;
}

/** True when a text holds a placeholder of this process. */
export function hasPlaceholder(text: string): boolean {
  const { values } = table();
  return values.size > 0 && (text.match(WHOLE) ?? []).some((found) => values.has(found));
}

/** A text taken apart: what is written, and the values that its placeholders stand for. */
export function splitPlaceholders(text: string): readonly (string | { readonly value: unknown })[] {
  const { values } = table();
  const parts: (string | { value: unknown })[] = [];
  let at = 0;
  for (const match of text.matchAll(WHOLE)) {
    if (values.has(match[0])) {
      parts.push(text.slice(at, match.index), { value: values.get(match[0]) });
      at = match.index + match[0].length;
    }
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}

/** True when a text holds what is left of a placeholder: one that was cut, changed, or made by another process. */
export function hasPlaceholderRemains(text: string): boolean {
  const { values } = table();
  return values.size > 0 && REMAINS.test(text) && splitPlaceholders(text).some((part) => typeof part === 'string' && REMAINS.test(part));
}

/** True once a placeholder was made in this process. */
export function anyPlaceholder(): boolean {
  return table().values.size > 0;
}
