import { undefinedPlugin } from '../checks/reference-messages';
import { addInstance, type Draft, servesAs } from '../draft';
import { show } from '../json';
import type { PluginRef } from '../types';
import { type Availability, isKnownIn } from '../versions';
import { ensureDefault } from './add-default';

/** Parsers of a configuration that names none, in this order. Source: llm-d-router v0.10.0 and main. */
const defaultParsers: readonly (Availability & { readonly type: string })[] = [
  { type: 'openai-parser' },
  { type: 'anthropic-parser' },
  { type: 'vllmhttp-parser' },
  { type: 'passthrough-parser', since: 'main' },
];

/** Checks the parsers and fills the default ones; a listed parser need not be declared when it is named by its type. */
export function parsers(draft: Draft): readonly string[] {
  const given = draft.config.requestHandler?.parsers ?? [];
  if (given.length === 0) {
    const known = defaultParsers.filter((parser) => isKnownIn(parser, draft.version));
    return known.map(({ type }) => ensureDefault(draft, type)!.name);
  }
  return given.flatMap((entry: PluginRef | undefined, index) => {
    if (!entry?.pluginRef) return [];
    const path = `requestHandler.parsers[${index}].pluginRef`;
    const instance = draft.byName.get(entry.pluginRef) ?? addInstance(draft, entry.pluginRef, 'default');
    if (instance === undefined) {
      draft.issues.add('EPP052', path, undefinedPlugin(draft, entry.pluginRef, 'parser', 'parser'));
    } else if (!servesAs(instance, 'parser')) {
      draft.issues.add(
        'EPP053',
        path,
        `plugin ${show(entry.pluginRef)} of type ${show(instance.spec.type)} is no parser, name one such as openai-parser`,
      );
    }
    return [entry.pluginRef];
  });
}

/** Type of the detector that is used when none is named. Source: llm-d-router v0.10.0. */
const defaultDetector = 'utilization-detector';

/** Checks the saturation detector; only the default one is created when it is not declared. */
export function saturationDetector(draft: Draft): string {
  const ref = draft.config.flowControl?.saturationDetector?.pluginRef || defaultDetector;
  const path = 'flowControl.saturationDetector.pluginRef';
  const instance = ref === defaultDetector ? ensureDefault(draft, ref) : draft.byName.get(ref);
  if (instance === undefined) {
    draft.issues.add('EPP050', path, undefinedPlugin(draft, ref, 'saturation detector', 'saturation-detector'));
  } else if (!servesAs(instance, 'saturation-detector')) {
    draft.issues.add(
      'EPP051',
      path,
      `plugin ${show(ref)} of type ${show(instance.spec.type)} is no saturation detector, name a utilization-detector or concurrency-detector`,
    );
  }
  return ref;
}
