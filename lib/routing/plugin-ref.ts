import type { PluginEntry } from 'llm-d-epp-config';
import { deepFreeze } from '../util/freeze';
import { ensure } from '../validation/error';

/** Parameters of a router plugin as the router reads them (camelCase, strict): plain JSON data. */
export type PluginParameters = Readonly<Record<string, unknown>>;

/**
 * One plugin of the router: its type, the name under which it is declared and its parameters.
 *
 * The router starts one instance for each name. Two references of equal name and parameters, in two profiles say, share it.
 */
export abstract class PluginRef {
  /** Registered type, e.g. `queue-scorer`. */
  readonly type: string;
  /** Name of the instance; the type unless `named` gave another. */
  readonly name: string;
  /** Parameters that are written; everything else is the router's default. */
  readonly parameters: PluginParameters;

  protected constructor(type: string, parameters: PluginParameters = {}) {
    ensure(type.trim() !== '', 'LLMD107', { prop: 'type', given: type, allowed: 'name the type of the plugin, e.g. queue-scorer' });
    this.type = type;
    this.name = type;
    this.parameters = deepFreeze(plainData(parameters));
  }

  /** A copy that runs as an instance of its own: several plugins of one type need one name each. */
  named(name: string): this {
    ensure(name.trim() !== '', 'LLMD107', { prop: 'name', given: name, allowed: 'name the instance, e.g. cpu-prefix-cache-scorer' });
    return this.copy({ name });
  }

  /** A copy whose parameters are these where given, else those of the original. */
  withParameters(parameters: PluginParameters): this {
    return this.copy({ parameters: plainData({ ...this.parameters, ...parameters }) });
  }

  /** A frozen copy with some fields replaced. */
  protected copy(changes: object): this {
    return deepFreeze(Object.assign(Object.create(Object.getPrototypeOf(this) as object), this, changes) as this);
  }
}

/** How a configuration declares a plugin: what equals the router's default is left out. */
export function entryOf(plugin: PluginRef): PluginEntry {
  const { type, name, parameters } = plugin;
  return {
    type,
    ...(name === type ? {} : { name }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters: plainData(parameters) }),
  };
}

/** A deep copy without the fields that are undefined, so that freezing it never touches the caller's own objects. */
export function plainData<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(plainData) as T;
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child === undefined ? [] : [[key, plainData(child as unknown)]])),
  ) as T;
}

/** The value, or undefined when it holds nothing: an empty block of parameters is not worth writing. */
export function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.values(value).some((child) => child !== undefined) ? value : undefined;
}
