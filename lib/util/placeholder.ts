import { anyPlaceholder, heldValue, hold, holdDerived, MARK } from './placeholder-table';

/*
 * Placeholders are legal DNS labels, parts of image repositories, tags and label values, so that they pass wherever the value could
 * stand, alone or inside of other text.
 */
const WHOLE = new RegExp(`${MARK}-[0-9a-z]{4,}-[0-9a-z]{4}`, 'g');
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

/** Text that stands for a value which is only known at deployment; the same text for the same value. */
export function placeholder(value: object): string {
  return hold(value).text;
}

/**
 * Text that stands for what `derive` makes of `text` once the placeholders in it are known, a hash say. `name` tells one derivation
 * from another: the same name and text give the same placeholder.
 */
export function derivedPlaceholder(name: string, text: string, derive: (resolved: string) => string): string {
  return holdDerived(`${name} ${text}`, () => ({ [DERIVED]: true, text, derive })).text;
}

/** True for a value that {@link derivedPlaceholder} stands for. */
export function isDerived(value: unknown): value is DerivedValue {
  return typeof value === 'object' && value !== null && DERIVED in value;
}

/** True when a text holds a placeholder that is known. */
export function hasPlaceholder(text: string): boolean {
  return anyPlaceholder() && (text.match(WHOLE) ?? []).some((found) => heldValue(found) !== undefined);
}

/** A text taken apart: what is written, and the values that its placeholders stand for. */
export function splitPlaceholders(text: string): readonly (string | { readonly value: object })[] {
  const parts: (string | { value: object })[] = [];
  let at = 0;
  for (const match of text.matchAll(WHOLE)) {
    const value = heldValue(match[0]);
    if (value !== undefined) {
      parts.push(text.slice(at, match.index), { value });
      at = match.index + match[0].length;
    }
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}

/**
 * True when a text holds what is left of a placeholder: one that was cut or changed, one that was forgotten with what it belonged to, or
 * one of another process.
 */
export function hasPlaceholderRemains(text: string): boolean {
  return anyPlaceholder() && REMAINS.test(text) && splitPlaceholders(text).some((part) => typeof part === 'string' && REMAINS.test(part));
}

/** The part of a long text that holds the first remains of a placeholder, for messages. */
export function aroundRemains(text: string): string {
  const at = Math.max(0, text.search(/llmdo/i) - 20);
  const part = text.slice(at, at + 80);
  return `${at > 0 ? '…' : ''}${part}${at + part.length < text.length ? '…' : ''}`;
}
