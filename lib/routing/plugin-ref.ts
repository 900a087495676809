import type { PluginEntry } from 'llm-d-epp-config';
import { checkText } from '../util/check';
import { deepFreeze } from '../util/freeze';
import { ensure } from '../validation/error';

/** Options of `Scorer.module` and `Filter.module`. */
export interface ModuleOptions {
  /**
   * What its factory gets, as plain JSON data.
   * @default - none
   */
  readonly parameters?: PluginParameters;
  /**
   * File in the router's container, e.g. of a volume.
   * @default - where RouterImage.fromPackage put the plugin of this name
   */
  readonly path?: string;
}

/** Which module a plugin of type `module` is: one that the image has by that name, or a file in the container. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string | undefined;
}

/** Type of a plugin that our router loads from a file. */
export const MODULE = 'module';

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
  /** @internal Set for plugins of type `module` only. */
  readonly file: ModuleFile | undefined;

  protected constructor(type: string, parameters: PluginParameters = {}, file?: ModuleFile) {
    ensure(type.trim() !== '', 'LLMD107', { prop: 'type', given: type, allowed: 'name the type of the plugin, e.g. queue-scorer' });
    this.type = type;
    this.name = file?.name ?? type;
    this.parameters = deepFreeze(plainData(parameters));
    this.file = deepFreeze(file);
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

  /** @internal A copy whose module is loaded from `path`. */
  at(path: string): this {
    return this.file === undefined ? this : this.copy({ file: { ...this.file, path } });
  }

  /** A frozen copy with some fields replaced. */
  protected copy(changes: object): this {
    return deepFreeze(Object.assign(Object.create(Object.getPrototypeOf(this) as object), this, changes) as this);
  }
}

/** How a configuration declares a plugin: what equals the router's default is left out. */
export function entryOf(plugin: PluginRef): PluginEntry {
  const { type, name, parameters, file } = plugin;
  return {
    type,
    ...(name === type ? {} : { name }),
    ...(file?.path === undefined ? {} : { path: file.path }),
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

/** What a module plugin is made of, checked. */
export function moduleOf(name: string, { path, parameters }: ModuleOptions): [file: ModuleFile, parameters: PluginParameters] {
  checkText('name', name ?? '', /\S/, 'name the module: the name of its file without the ending, e.g. night-shift');
  checkText('path', path, /\S/, 'name the file in the container, e.g. /plugins/night-shift.mjs');
  return [{ name, path }, parameters ?? {}];
}
