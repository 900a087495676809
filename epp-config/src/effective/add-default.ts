import { addInstance, type Draft, type DraftPlugin } from '../draft';
import { show } from '../json';

/**
 * The instance of a type which the router needs and names after the type. It is created unless a plugin of that name exists;
 * upstream lets a new one silently replace a plugin of another type under the same name, which is reported here.
 */
export function ensureDefault(draft: Draft, type: string): DraftPlugin | undefined {
  const existing = draft.byName.get(type);
  if (existing === undefined) return addInstance(draft, type, 'default');
  if (existing.spec.type !== type && !existing.open) {
    const message = `plugin ${show(existing.name)} is of type ${show(existing.spec.type)}, but the router needs that name for a default plugin of type ${show(type)}; rename the plugin`;
    draft.issues.add('EPP025', `${existing.path}.name`, message);
  }
  return existing;
}
