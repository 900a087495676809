import { type Draft, type DraftPlugin, isOfKind } from '../draft';
import { topologicalOrder } from '../graph';
import { show } from '../json';
import type { PluginKind } from '../plugin-spec';
import { dataKeySpec } from './data-keys-of';
import type { DataFlow } from './producers';

/** Node names of keys; no plugin name contains a NUL that a YAML document could carry. */
const keyNode = (id: string): string => `\u0000${id}`;

/** Checks the flow of required data and returns the data producers in the order in which they must run. */
export function producerOrder(draft: Draft, flow: DataFlow): readonly string[] {
  checkTypesAndLayers(draft, flow);
  // Keys are nodes of their own, which keeps the graph linear in the number of plugins.
  const dependencies = new Map<string, string[]>();
  for (const [consumer, inputs] of flow.inputs) {
    dependencies.set(
      consumer.name,
      inputs.filter((input) => !input.optional).map((input) => keyNode(input.id)),
    );
  }
  for (const [id, writers] of flow.writers)
    dependencies.set(
      keyNode(id),
      writers.map((writer) => writer.name),
    );
  const names = [...draft.byName.keys()];
  const { order, cycle } = topologicalOrder([...names, ...[...flow.writers.keys()].map(keyNode)], (node) => dependencies.get(node) ?? []);
  const isProducer = (name: string): boolean => {
    const instance = draft.byName.get(name);
    return instance !== undefined && isOfKind(instance, 'producer');
  };
  if (cycle === undefined) return order.filter(isProducer);
  const plugins = cycle.filter((node) => !node.startsWith('\u0000'));
  const ring = plugins[0] === plugins.at(-1) && plugins.length > 1 ? plugins : [...plugins, plugins[0]!];
  draft.issues.add(
    'EPP082',
    draft.byName.get(plugins[0]!)!.path,
    `data producers depend on each other in a cycle: ${ring.map(show).join(' -> ')}, break it by another producer`,
  );
  return names.filter(isProducer);
}

function checkTypesAndLayers({ issues }: Draft, flow: DataFlow): void {
  for (const [consumer, inputs] of flow.inputs) {
    for (const input of inputs) {
      const writer = input.optional ? undefined : flow.writers.get(input.id)?.[0];
      if (writer === undefined) continue;
      const given = flow.outputs.get(writer)?.find((output) => output.id === input.id)?.valueType;
      const wanted = dataKeySpec(input.key)?.valueType;
      if (given !== undefined && wanted !== undefined && given !== wanted) {
        issues.add(
          'EPP083',
          consumer.path,
          `${show(consumer.name)} reads ${input.key} as ${wanted}, but ${show(writer.name)} writes it as ${given}; rename what ${show(writer.name)} writes`,
        );
      }
      if (layerOf(writer) > layerOf(consumer)) {
        issues.add(
          'EPP087',
          consumer.path,
          `${show(consumer.name)} reads ${input.key}, but ${show(writer.name)} runs later in a request; let a producer write it`,
        );
      }
    }
  }
}

/** Layers in the order in which a request passes them; extractors stand before all. Source: llm-d-router v0.10.0. */
const layers: readonly (readonly PluginKind[])[] = [
  ['fairness-policy', 'ordering-policy'],
  ['producer', 'admitter', 'headers-handler', 'request-plugin'],
  ['profile-handler', 'filter', 'scorer', 'picker'],
];

function layerOf(instance: DraftPlugin): number {
  return instance.open ? -1 : layers.findIndex((kinds) => kinds.some((kind) => isOfKind(instance, kind)));
}
