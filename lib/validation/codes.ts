import { CLUSTER_CODES } from './codes/cluster-catalog';
import { CONTAINER_CODES } from './codes/containers-catalog';
import { GATEWAY_CODES } from './codes/gateway-catalog';
import { PARALLELISM_CODES } from './codes/parallelism-catalog';
import { POOL_CODES } from './codes/pools-catalog';
import { PULUMI_CODES } from './codes/pulumi-catalog';
import { ROUTER_CODES } from './codes/router-catalog';
import { ROUTING_CODES } from './codes/routing-catalog';
import { TRANSFER_CODES } from './codes/transfer-catalog';
import { VALUE_CODES } from './codes/values-catalog';

/**
 * Every code of this library. Codes are never reused and never renumbered; one file a hundred.
 */
export const CODES = {
  ...VALUE_CODES,
  ...PARALLELISM_CODES,
  ...POOL_CODES,
  ...TRANSFER_CODES,
  ...ROUTING_CODES,
  ...ROUTER_CODES,
  ...GATEWAY_CODES,
  ...CONTAINER_CODES,
  ...CLUSTER_CODES,
  ...PULUMI_CODES,
};

/** A stable code of an error or a finding, e.g. `LLMD201`. */
export type Code = keyof typeof CODES;

/** How a finding acts: an `error` fails the synth, a `warning` is printed to stderr once. */
export type Severity = 'error' | 'warning';

/** One row of the table: what a code means. */
export interface CodeEntry {
  readonly severity: Severity;
  /** Last part of the documentation anchor. */
  readonly slug: string;
  /** Sentence with `{placeholders}`: lower case, no full stop; what was given, what is allowed, what to change. */
  readonly message: string;
  /** Why the rule exists, for `docs/rules.md`. */
  readonly why: string;
}

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;

/** The values that the sentence of a code needs. */
export type MessageParams<C extends Code> = { readonly [K in Placeholders<(typeof CODES)[C]['message']>]: string | number };

/** Fills the sentence of a code. */
export function renderMessage<C extends Code>(code: C, params: MessageParams<C>): string {
  const values = params as Readonly<Record<string, string | number>>;
  return CODES[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
