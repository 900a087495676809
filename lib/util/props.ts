import type { IConstruct } from 'constructs';
import { nearestName } from 'llm-d-epp-config';
import { atPath, ensure, fail } from '../validation/error';
import { isRecord, textOf } from './check';

/**
 * What a prop holds, told by its type: free text, a switch, a list, one of objects, a map or other options; `value` is what has a check
 * of its own, which also knows the factory or the words to write instead (numbers, choices, values that a class makes).
 */
type Kind<T> = unknown extends T
  ? 'value'
  : [T] extends [string]
    ? string extends T
      ? 'text' | 'value'
      : 'value'
    : [T] extends [boolean]
      ? 'flag'
      : [T] extends [readonly (infer E)[]]
        ? [E] extends [object]
          ? 'records'
          : 'list'
        : [T] extends [object]
          ? 'record' | 'value'
          : 'value';

/** All props of an interface by name, for those who have no compiler. One that is missing here, or no longer there, does not compile. */
export type PropTable<P> = { readonly [K in keyof P]-?: Kind<Exclude<P[K], null | undefined>> };

type AnyKind = 'text' | 'flag' | 'list' | 'records' | 'record' | 'value';

const KINDS: Readonly<Record<AnyKind, { readonly holds: (value: unknown) => boolean; readonly takes: string }>> = {
  text: { holds: (value) => typeof value === 'string', takes: 'text' },
  flag: { holds: (value) => typeof value === 'boolean', takes: 'true or false' },
  list: { holds: Array.isArray, takes: 'a list' },
  records: { holds: (value) => Array.isArray(value) && value.every(isRecord), takes: 'a list of objects' },
  record: { holds: isRecord, takes: 'an object' },
  value: { holds: () => true, takes: '' },
};

/**
 * The props that `owner` was given, without those that are null or undefined, which are as if they were left out.
 *
 * Throws LLMD107 for what is no object or holds another kind of value, LLMD109 for a name that `owner` does not know.
 *
 * @param owner for messages: `ModelServing`, or a prop in backticks
 * @param handedOn true in a subclass: it may hand on all props that it was given itself, and those of its own are passed over
 */
export function checkProps<P extends object>(owner: string, props: P, table: PropTable<P>, handedOn = false): P {
  ensure(isRecord(props), 'LLMD107', { prop: 'props', given: textOf(props), allowed: `${owner} takes an object` });
  const kinds = Object.entries<AnyKind>(table);
  const strange = handedOn ? undefined : Object.keys(props).find((prop) => isGiven(props[prop]) && !Object.hasOwn(table, prop));
  if (strange !== undefined) {
    unknown(owner, strange, Object.keys(table));
  }
  // Asked for by name: the props of a class may be getters or inherited.
  const given = kinds.map(([prop, kind]) => ({ prop, kind, value: props[prop] })).filter(({ value }) => isGiven(value));
  for (const { prop, kind, value } of given) {
    const { holds, takes } = KINDS[kind];
    if (!holds(value)) {
      fail('LLMD107', { prop, given: textOf(value), allowed: `${owner} takes ${takes} there` });
    }
  }
  return Object.fromEntries(given.map(({ prop, value }) => [prop, value])) as P;
}

/** False for what is as if it were left out. */
export function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

/** The same in a constructor: an error names its path. */
export function propsAt<P extends object>(scope: IConstruct, owner: string, props: P, table: PropTable<P>, handedOn?: boolean): P {
  return atPath(scope.node.path, () => checkProps(owner, props, table, handedOn));
}

/** The same before the construct `id` below `scope` exists. */
export function propsBelow<P extends object>(
  scope: IConstruct,
  id: string,
  owner: string,
  props: P,
  table: PropTable<P>,
  handedOn?: boolean,
): P {
  const path = [...scope.node.path.split('/'), id].filter(Boolean).join('/');
  return atPath(path, () => checkProps(owner, props, table, handedOn));
}

/** The names are compared only now: for each prop that is right it would be a tenth of a synth. */
function unknown(owner: string, prop: string, known: readonly string[]): never {
  const near = nearestName(prop, known);
  const change = near === undefined ? `remove it; there are ${known.join(', ')}` : `did you mean \`${near}\`?`;
  return fail('LLMD109', { owner, prop, change });
}
