import { type Draft, servesAs } from '../draft';
import { topologicalOrder } from '../graph';
import { show } from '../json';

/**
 * Checks the plugins which parameters name, and returns the declared names in the order in which they must be instantiated:
 * a plugin after those it names, otherwise as declared.
 */
export function checkReferences(draft: Draft): readonly string[] {
  const { issues, byName } = draft;
  const references = new Map(
    draft.plugins.map((instance) => [instance.name, instance.spec.references?.(instance.parameters) ?? []] as const),
  );
  for (const instance of draft.plugins) {
    for (const reference of instance.spec.references?.(instance.parameters) ?? []) {
      const path = `${instance.path}.parameters.${reference.parameter}`;
      const target = byName.get(reference.name);
      if (target === undefined) {
        const hint = issues.suggest(reference.name, byName.keys());
        issues.add(
          'EPP070',
          path,
          `plugin ${show(reference.name)} is not declared${hint || `, add it to plugins or name a declared ${reference.kind}`}`,
        );
      } else if (target !== instance && !servesAs(target, reference.kind)) {
        issues.add(
          'EPP071',
          path,
          `plugin ${show(reference.name)} of type ${show(target.spec.type)} is no ${reference.kind}, name one that is`,
        );
      }
    }
  }
  const names = [...byName.keys()];
  const { order, cycle } = topologicalOrder(names, (name) => (references.get(name) ?? []).map((reference) => reference.name));
  if (cycle === undefined) return order;
  issues.add(
    'EPP072',
    byName.get(cycle[0]!)!.path,
    `plugins refer to each other in a cycle: ${cycle.map(show).join(' -> ')}, remove one of the references`,
  );
  return names;
}
