import { type DataKeyName, type DataKeySpec, dataKeys } from '../catalog/data-key-catalog';
import type { DraftPlugin } from '../draft';
import { own } from '../json';

/** Data as the router keys it: by name and producer. */
export interface ResolvedKey {
  /** `key/producer`, as upstream writes it. */
  readonly id: string;
  readonly key: string;
  readonly producer: string;
}

/** Data which one plugin reads. */
export interface ResolvedInput extends ResolvedKey {
  readonly optional: boolean;
  /** Path of the parameter that names the producer, when one does. */
  readonly parameterPath: string | undefined;
}

/** Data which one plugin writes. */
export interface ResolvedOutput extends ResolvedKey {
  readonly valueType: string | undefined;
}

/** Spec of a built-in key; undefined for a custom one. */
export function dataKeySpec(key: string): DataKeySpec | undefined {
  return Object.hasOwn(dataKeys, key) ? dataKeys[key as DataKeyName] : undefined;
}

/** What an instance writes; a custom metric replaces a built-in key of the same name. */
export function outputsOf(instance: DraftPlugin, precise: PreciseProducer): readonly ResolvedOutput[] {
  if (boundProducer(instance, precise) !== undefined) return [];
  const { produces, parameterKeys } = instance.spec;
  const all = [...produces, ...(parameterKeys?.(instance.parameters).produces ?? [])];
  const resolved = all.map(({ key, producer = instance.name, valueType = dataKeySpec(key)?.valueType }) => ({
    id: `${key}/${producer}`,
    key,
    producer,
    valueType,
  }));
  return [...new Map(resolved.map((output) => [output.id, output])).values()];
}

/** What an instance reads; data it writes itself is left out. */
export function inputsOf(instance: DraftPlugin, precise: PreciseProducer): readonly ResolvedInput[] {
  const bound = boundProducer(instance, precise);
  if (bound !== undefined) return [inputUnder('PrefixCacheMatchInfo', bound.name)];
  const { consumes, parameterKeys } = instance.spec;
  const written = new Set(outputsOf(instance, precise).map((output) => output.id));
  const all = [...consumes, ...(parameterKeys?.(instance.parameters).consumes ?? [])];
  return all.flatMap(({ key, producerParameter, producer, optional = false, when }) => {
    if (when !== undefined && !when(instance.parameters)) return [];
    const named = producerParameter === undefined ? undefined : own(instance.parameters, producerParameter) || undefined;
    const from = String(named ?? producer ?? dataKeySpec(key)?.defaultProducer ?? '');
    const parameterPath = named === undefined ? undefined : `${instance.path}.parameters.${producerParameter}`;
    const input = { ...inputUnder(key, from), optional, parameterPath };
    return written.has(input.id) ? [] : [input];
  });
}

function inputUnder(key: string, producer: string): ResolvedInput {
  return { id: `${key}/${producer}`, key, producer, optional: false, parameterPath: undefined };
}

/** The declared precise-prefix-cache-producer, which the older scorer reads instead of running its own. */
export type PreciseProducer = DraftPlugin | undefined;

function boundProducer(instance: DraftPlugin, precise: PreciseProducer): PreciseProducer {
  return instance.spec.type === 'precise-prefix-cache-scorer' ? precise : undefined;
}
