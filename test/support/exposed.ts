import { ApiObject, type App } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { constructsOf } from './examples';

/** What a property holds: itself, or the items of a list, a map or a plain object. */
function held(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap(held);
  }
  if (value instanceof Map) {
    return [...value.values()].flatMap(held);
  }
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.values(value as object).flatMap(held) : [value];
}

/** The constructs that the public properties of a construct hold. */
function properties(owner: IConstruct, hidden: ReadonlyMap<string, ReadonlySet<string>>): IConstruct[] {
  const names = hidden.get(owner.constructor.name);
  return Object.entries(owner)
    .filter(([name]) => name !== 'node' && !names?.has(name))
    .flatMap(([, value]) => held(value))
    .filter((value): value is IConstruct => Construct.isConstruct(value) && value !== owner);
}

/**
 * Paths of the objects that no public property of a construct leads to, so that nobody could patch them.
 *
 * What an object of cdk8s-plus-28 wraps counts as exposed when the wrapper is: `ApiObject.of(wrapper)` gives it. What the example
 * itself put into its chart needs no property: its author holds it.
 */
export function unexposed(app: App, hidden: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const constructs = constructsOf(app);
  const exposed = new Set<IConstruct>(
    constructs.filter((construct) => !ApiObject.isApiObject(construct)).flatMap((owner) => properties(owner, hidden)),
  );
  const isExposed = (object: IConstruct): boolean => {
    const parent = object.node.scope as IConstruct;
    const isWrapped = parent.node.defaultChild === object && exposed.has(parent);
    return exposed.has(object) || isWrapped;
  };
  return constructs
    .filter((construct) => ApiObject.isApiObject(construct) && construct.node.scope !== construct.chart && !isExposed(construct))
    .map((construct) => construct.node.path);
}
