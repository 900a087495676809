import type { IssueCode } from './issue-catalog';
import type { JsonObject } from './json';
import type { Availability, RouterVersion } from './versions';

/** What every schema may say about the field that holds the value. */
export interface FieldOptions extends Availability {
  /**
   * Whether leaving the field out (or empty, for text) is an error.
   * @default false
   */
  readonly required?: boolean;
  /**
   * Value the router uses when the field is left out.
   * @default - the router's zero value, or behaviour described by the plugin
   */
  readonly default?: unknown;
  /**
   * Says that the field is deprecated and what to write instead.
   * @default - not deprecated
   */
  readonly deprecated?: string;
}

/** Text, possibly one of a closed set. */
export interface TextSchema extends FieldOptions {
  readonly kind: 'text';
  /**
   * Allowed words.
   * @default - any text
   */
  readonly oneOf?: readonly string[];
  /**
   * Words of `oneOf` which older versions do not know.
   * @default - every version knows all words
   */
  readonly newerWords?: Readonly<Record<string, RouterVersion>>;
  /**
   * Further syntax: a Go duration, a Prometheus metric with optional labels, a byte size.
   * @default - none
   */
  readonly format?: 'duration' | 'metric' | 'bytes';
  /**
   * Whether a duration must be longer than zero.
   * @default false
   */
  readonly positive?: boolean;
}

/** A number within bounds. */
export interface NumberSchema extends FieldOptions {
  readonly kind: 'number';
  /**
   * Whether fractions are refused.
   * @default false
   */
  readonly whole?: boolean;
  /**
   * Smallest allowed value.
   * @default - unbounded
   */
  readonly min?: number;
  /**
   * Largest allowed value.
   * @default - unbounded
   */
  readonly max?: number;
  /**
   * Every value must be larger than this.
   * @default - unbounded
   */
  readonly above?: number;
  /**
   * Every value must be smaller than this.
   * @default - unbounded
   */
  readonly below?: number;
  /**
   * Unit, for messages.
   * @default - a bare number
   */
  readonly unit?: string;
}

/** True or false. */
export interface BooleanSchema extends FieldOptions {
  readonly kind: 'boolean';
}

/** A Kubernetes quantity, given as text or number, never negative. */
export interface QuantitySchema extends FieldOptions {
  readonly kind: 'quantity';
}

/** A list of equal items. */
export interface ListSchema extends FieldOptions {
  readonly kind: 'list';
  readonly items: ValueSchema;
  /**
   * Fewest items.
   * @default 0
   */
  readonly minItems?: number;
  /**
   * Most items.
   * @default - unbounded
   */
  readonly maxItems?: number;
}

/** An object with free keys and equal values. */
export interface MapSchema extends FieldOptions {
  readonly kind: 'map';
  readonly values: ValueSchema;
}

/** Anything, unchecked. */
export interface AnySchema extends FieldOptions {
  readonly kind: 'any';
}

/** Breach of a rule over several fields of an object. */
export interface RuleBreach {
  /** Field at fault, relative to the object; empty for the object itself. */
  readonly field: string;
  readonly message: string;
  /**
   * Code to report it under.
   * @default 'EPP010'
   */
  readonly code?: IssueCode;
}

/** A rule over several fields; it sees fields of the right type only. */
export type ObjectRule = (value: JsonObject) => readonly RuleBreach[];

/** An object with a closed set of fields. */
export interface ObjectSchema extends FieldOptions {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, ValueSchema>>;
  /**
   * Rules over several fields.
   * @default []
   */
  readonly rules?: readonly ObjectRule[];
}

/** Schema of one value. */
export type ValueSchema = TextSchema | NumberSchema | BooleanSchema | QuantitySchema | ListSchema | MapSchema | AnySchema | ObjectSchema;

type Options<Schema> = Omit<Schema, 'kind' | 'items' | 'values' | 'fields' | 'whole' | 'oneOf'>;

/** A text. */
export const text = (options: Options<TextSchema> = {}): TextSchema => ({ kind: 'text', ...options });
/** One of some words. */
export const word = (oneOf: readonly string[], options: Options<TextSchema> = {}): TextSchema => ({ kind: 'text', oneOf, ...options });
/** A Go duration, e.g. `5s`. */
export const duration = (options: Options<TextSchema> = {}): TextSchema => ({ kind: 'text', format: 'duration', ...options });
/** A number. */
export const number = (options: Options<NumberSchema> = {}): NumberSchema => ({ kind: 'number', ...options });
/** A whole number. */
export const integer = (options: Options<NumberSchema> = {}): NumberSchema => ({ kind: 'number', whole: true, ...options });
/** True or false. */
export const flag = (options: Options<BooleanSchema> = {}): BooleanSchema => ({ kind: 'boolean', ...options });
/** A Kubernetes quantity, e.g. `10Gi`. */
export const quantity = (options: Options<QuantitySchema> = {}): QuantitySchema => ({ kind: 'quantity', ...options });
/** A list of items of one schema. */
export const list = (items: ValueSchema, options: Options<ListSchema> = {}): ListSchema => ({ kind: 'list', items, ...options });
/** A map whose values have one schema. */
export const map = (values: ValueSchema, options: Options<MapSchema> = {}): MapSchema => ({ kind: 'map', values, ...options });
/** Any value, not looked into. */
export const anything = (options: Options<AnySchema> = {}): AnySchema => ({ kind: 'any', ...options });
/** An object with known fields. */
export const object = (fields: ObjectSchema['fields'], options: Options<ObjectSchema> = {}): ObjectSchema => ({
  kind: 'object',
  fields,
  ...options,
});
