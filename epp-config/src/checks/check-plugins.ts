import { moduleType, pluginCatalog } from '../catalog/plugin-catalog';
import { type Draft, type DraftPlugin, specOf } from '../draft';
import { isAbsent, isObject, type JsonObject, show, typeName } from '../json';
import { type PluginSpec, plugin } from '../plugin-spec';
import { checkObject } from '../schema-check';
import type { PluginEntry } from '../types';
import { describeAvailability, isKnownIn } from '../versions';

/** Checks every declared plugin by itself and registers it under its name. */
export function checkPlugins(draft: Draft): void {
  const { issues, config } = draft;
  const typeNames = [...pluginCatalog.keys(), ...draft.customPlugins.keys()];
  config.plugins.forEach((entry: PluginEntry | undefined, index) => {
    if (entry === undefined) return;
    const path = `plugins[${index}]`;
    const name = entry.name ?? '';
    if (!entry.type) {
      issues.add(
        'EPP021',
        `${path}.type`,
        `plugin ${name === '' ? `number ${index + 1}` : show(name)} has no type, write the plugin type it is made of`,
      );
    }
    if (name !== '' && draft.byName.has(name)) {
      const first = draft.byName.get(name)!.path;
      issues.add('EPP022', `${path}.name`, `plugin name ${show(name)} is taken by ${first}, give one of them another name`);
    }
    const known = entry.type ? specOf(draft, entry.type) : undefined;
    if (entry.type && known === undefined) {
      const hint = issues.suggest(entry.type, typeNames) || ', write a type of the plugin catalog';
      issues.add(
        'EPP020',
        `${path}.type`,
        `unknown plugin type ${show(entry.type)} (types of your own must be declared as custom plugins)${hint}`,
      );
    }
    // A plugin of unknown type stays, so that references to it are not reported as well.
    const { spec, open } = known ?? { spec: plugin(entry.type ?? '', [], '', { decoding: 'free' }), open: true };
    checkLifecycle(draft, spec, `${path}.type`);
    const parameters = checkParameters(draft, spec, entry.parameters, `${path}.parameters`);
    checkFile(draft, entry, path);
    const instance: DraftPlugin = { path, name, spec, open, parameters, file: entry.path, origin: 'declared' };
    draft.plugins.push(instance);
    if (name !== '' && !draft.byName.has(name)) draft.byName.set(name, instance);
  });
}

function checkLifecycle({ issues, version, allowExperimental, extended }: Draft, spec: PluginSpec, path: string): void {
  if (spec.type === moduleType) {
    if (!extended && !isKnownIn(spec, version)) {
      issues.add(
        'EPP014',
        path,
        `plugin type "module" exists in our own router only, the router here is upstream ${version}; use a type of the plugin catalog`,
      );
    }
  } else if (!isKnownIn(spec, version)) {
    issues.add(
      'EPP014',
      path,
      `plugin type ${show(spec.type)} ${describeAvailability(spec)}, the router here is ${version}; use another type or a newer router`,
    );
  }
  // v0.9.0 has no stability levels, it starts Alpha plugins without a flag.
  if (spec.stability === 'alpha' && !allowExperimental && version !== 'v0.9.0') {
    issues.add(
      'EPP023',
      path,
      `plugin type ${show(spec.type)} is experimental (Alpha), allow it with --allow-experimental-plugins or use another type`,
    );
  }
  if (spec.stability === 'deprecated') {
    const replacement = spec.replacedBy === undefined ? 'remove it' : `use ${spec.replacedBy} instead`;
    issues.add(
      'EPP024',
      path,
      `plugin type ${show(spec.type)} is deprecated${spec.removal === undefined ? '' : ` and announced to be removed in ${spec.removal}`}, ${replacement}`,
    );
  }
}

function checkParameters(draft: Draft, spec: PluginSpec, given: unknown, path: string): JsonObject {
  const { issues, version } = draft;
  if (spec.decoding === 'strict') {
    return checkObject({ issues, version, noun: 'parameter' }, spec.parameters, isAbsent(given) ? {} : given, path) ?? {};
  }
  if (isAbsent(given)) return {};
  const empty = isObject(given) && Object.keys(given).length === 0;
  if (spec.decoding === 'ignored' && !empty) {
    const names = isObject(given) ? Object.keys(given).slice(0, 5).map(show).join(', ') : typeName(given);
    issues.add('EPP013', path, `plugin type ${show(spec.type)} reads no parameters, it ignores ${names}; remove them`);
  }
  return isObject(given) ? given : {};
}

function checkFile({ issues }: Draft, { type, path: file }: PluginEntry, path: string): void {
  if (type === moduleType && !file) {
    issues.add('EPP004', `${path}.path`, 'a plugin of type "module" has no path, write the file of the TypeScript or JavaScript module');
  } else if (type !== undefined && type !== moduleType && file !== undefined) {
    issues.add(
      'EPP002',
      `${path}.path`,
      `unknown field "path", only plugins of type "module" have it; remove it or write it below parameters`,
    );
  }
}
