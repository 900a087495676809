import { hasPlaceholder } from '../util/placeholder';

/**
 * Name of the ReferenceGrant in `namespaces[index]`: `name` in all of them, but numbered from the second on where two may turn out to be
 * one namespace, which can not hold two grants of one name.
 */
export function grantName(name: string, namespaces: readonly (string | undefined)[], index: number): string {
  const maybeOne = namespaces.some((namespace) => namespace !== undefined && hasPlaceholder(namespace));
  return maybeOne && index > 0 ? `${name}-${index}` : name;
}
