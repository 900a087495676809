import type { DataKeyName } from './catalog/data-key-catalog';
import type { JsonObject } from './json';
import { type ObjectSchema, object } from './schema';
import type { Availability, RouterVersion } from './versions';

/** What a plugin can be used as; a type may have several. */
export type PluginKind =
  | 'profile-handler'
  | 'headers-handler'
  | 'decider'
  | 'filter'
  | 'scorer'
  | 'picker'
  | 'screener'
  | 'admitter'
  | 'request-plugin'
  | 'producer'
  | 'source'
  | 'extractor'
  | 'discovery'
  | 'peer-discovery'
  | 'cross-replica-syncer'
  | 'fairness-policy'
  | 'ordering-policy'
  | 'usage-limit-policy'
  | 'saturation-detector'
  | 'eviction-filter'
  | 'eviction-order-policy'
  | 'parser';

/** What flows from a data source to its extractors. */
export type SourcePayload = 'metrics' | 'models' | 'endpoint-events' | 'object-events';

/** Data a plugin writes. */
export interface ProducedKey {
  /** Built-in or custom key name. */
  readonly key: string;
  /**
   * Producer name it is written under.
   * @default - the name of the plugin instance
   */
  readonly producer?: string;
  /**
   * Type of the value.
   * @default - the type in the table of data keys
   */
  readonly valueType?: string;
}

/** Data a plugin reads. */
export interface ConsumedKey {
  /** Built-in or custom key name. */
  readonly key: string;
  /**
   * Parameter that names another producer.
   * @default - always the default producer
   */
  readonly producerParameter?: string;
  /**
   * Producer name, when no parameter decides.
   * @default - the default producer of the key
   */
  readonly producer?: string;
  /**
   * Whether the plugin works without the data.
   * @default false
   */
  readonly optional?: boolean;
  /**
   * Whether a plugin with these parameters reads the data at all.
   * @default - always
   */
  readonly when?: (parameters: JsonObject) => boolean;
}

/** Data which a plugin reads and writes because of its parameters. */
export interface ParameterKeys {
  /** @default [] */
  readonly produces?: readonly ProducedKey[];
  /** @default [] */
  readonly consumes?: readonly ConsumedKey[];
}

/** A row of the plugin catalog. */
export interface PluginSpec extends Availability {
  readonly type: string;
  readonly kinds: readonly PluginKind[];
  /** Alpha types need `--allow-experimental-plugins`; deprecated ones still load. */
  readonly stability: 'beta' | 'alpha' | 'deprecated';
  readonly summary: string;
  /** Schema of `parameters`. */
  readonly parameters: ObjectSchema;
  /** `strict`: unknown parameters are errors; `ignored`: the plugin never reads parameters; `free`: the plugin defines them. */
  readonly decoding: 'strict' | 'ignored' | 'free';
  readonly produces: readonly ProducedKey[];
  readonly consumes: readonly ConsumedKey[];
  /**
   * Data that depends on the parameters.
   * @default - none
   */
  readonly parameterKeys?: (parameters: JsonObject) => ParameterKeys;
  /**
   * Plugins which the parameters name and which must exist before this one.
   * @default - none
   */
  readonly references?: (parameters: JsonObject) => readonly PluginReference[];
  /**
   * What a source emits.
   * @default - the plugin is no source
   */
  readonly emits?: SourcePayload;
  /** What a plugin takes when it is listed as an extractor. */
  readonly extracts: readonly SourcePayload[];
  /**
   * Type to use instead of a deprecated one.
   * @default - none
   */
  readonly replacedBy?: string;
  /**
   * Version for which upstream announced the removal of a deprecated type; pd-profile-handler outlived its one.
   * @default - no removal announced
   */
  readonly removal?: string;
}

/** A parameter that names another plugin. */
export interface PluginReference {
  /** Path of the parameter below `parameters`. */
  readonly parameter: string;
  /** Name of the plugin. */
  readonly name: string;
  readonly kind: PluginKind;
}

type Details = Partial<Omit<PluginSpec, 'type' | 'kinds' | 'summary' | 'parameters'>> & {
  readonly parameters?: ObjectSchema['fields'];
  readonly rules?: ObjectSchema['rules'];
};

/** Writes a row of the catalog; what is left out is a strict beta plugin without parameters and data. */
export function plugin(type: string, kinds: PluginKind | readonly PluginKind[], summary: string, details: Details = {}): PluginSpec {
  const { parameters = {}, rules, ...rest } = details;
  return {
    type,
    kinds: typeof kinds === 'string' ? [kinds] : kinds,
    stability: 'beta',
    summary,
    decoding: 'strict',
    produces: [],
    consumes: [],
    extracts: [],
    ...rest,
    parameters: object(parameters, rules === undefined ? {} : { rules }),
  };
}

/** Details of a type that never reads its parameters. */
export const ignoresParameters = { decoding: 'ignored' } as const;

/** Details of an Alpha type, all of which came with or after v0.10.0 unless stated. */
export const alpha = (since?: RouterVersion) => ({ stability: 'alpha', ...(since === undefined ? {} : { since }) }) as const;

/** Details of a deprecated type. */
export const deprecated = (replacedBy: string | undefined, removal?: string) =>
  ({
    stability: 'deprecated',
    ...(replacedBy === undefined ? {} : { replacedBy }),
    ...(removal === undefined ? {} : { removal }),
  }) as const;

/** A required built-in key. */
export const reads = (key: DataKeyName, producerParameter?: string): ConsumedKey => ({
  key,
  ...(producerParameter === undefined ? {} : { producerParameter }),
});

/** A built-in key written under the instance's name. */
export const writes = (key: DataKeyName): ProducedKey => ({ key });
