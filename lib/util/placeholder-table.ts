import { randomInt } from 'node:crypto';

/** First letters of every placeholder. */
export const MARK = 'llmdoutput';
// All are of one length, so that a limit on names does not depend on how many a process has made before.
const DIGITS = 4;
const RADIX = 36;

/** A value and its placeholder. */
export interface Held {
  readonly text: string;
  readonly value: object;
}

/** Placeholders that are known as long as it is reachable. */
interface Holder {
  readonly all: Set<Held>;
  /** Those of derived values, by what they are derived from. */
  readonly derived: Map<string, Held>;
}

interface Table {
  /** Part of each placeholder: a text left over from another process can not be taken for a value of this one. */
  readonly salt: string;
  made: number;
  /** By text. Weak, because nobody can know whether a text is still used; whoever uses it has a holder. */
  readonly known: Map<string, WeakRef<Held>>;
  readonly forgotten: FinalizationRegistry<string>;
  readonly ofValue: WeakMap<object, Held>;
  readonly holders: WeakMap<object, Holder>;
  /** Of what is made while there is no owner. */
  readonly always: Holder;
  owner(): object | undefined;
}

const TABLE = Symbol.for('cdk8s-llm-d.placeholders');

// Kept at the process, not in this module, so that two copies of the package see the same values.
function table(): Table {
  const process = globalThis as unknown as Record<symbol, Table | undefined>;
  process[TABLE] ??= newTable();
  return process[TABLE];
}

function newTable(): Table {
  const known = new Map<string, WeakRef<Held>>();
  return {
    salt: digits(randomInt(RADIX ** DIGITS)),
    made: 0,
    known,
    forgotten: new FinalizationRegistry((text) => known.delete(text)),
    ofValue: new WeakMap(),
    holders: new WeakMap(),
    always: newHolder(),
    owner: () => undefined,
  };
}

function newHolder(): Holder {
  return { all: new Set(), derived: new Map() };
}

/**
 * Says to whom placeholders belong, asked at each that is made: it is known as long as that object is reachable, or its
 * {@link placeholderHolder}. Where the answer is undefined, and where nothing was said, it is known as long as the process lives.
 */
export function setPlaceholderOwner(owner: () => object | undefined): void {
  table().owner = owner;
}

/** What keeps the placeholders of the present owner known, those to come too. */
export function placeholderHolder(): object {
  return presentHolder();
}

function presentHolder(): Holder {
  const { owner, holders, always } = table();
  const present = owner();
  if (present === undefined) {
    return always;
  }
  const holder = holders.get(present) ?? newHolder();
  holders.set(present, holder);
  return holder;
}

/** The placeholder of a value, known to the present owner from now on. */
export function hold(value: object): Held {
  const { ofValue } = table();
  const held = ofValue.get(value) ?? make(value);
  ofValue.set(value, held);
  presentHolder().all.add(held);
  return held;
}

/** The same for a derived value, which is made once for each key. */
export function holdDerived(key: string, value: () => object): Held {
  const { derived } = presentHolder();
  const held = derived.get(key) ?? hold(value());
  derived.set(key, held);
  return held;
}

function make(value: object): Held {
  const shared = table();
  shared.made += 1;
  const text = `${MARK}-${digits(shared.made)}-${shared.salt}`;
  const held = { text, value };
  shared.known.set(text, new WeakRef(held));
  shared.forgotten.register(held, text);
  return held;
}

function digits(count: number): string {
  return count.toString(RADIX).padStart(DIGITS, '0');
}

/** The value of a placeholder; undefined for a text that is none, or that was forgotten. */
export function heldValue(text: string): object | undefined {
  return table().known.get(text)?.deref()?.value;
}

/** True once a placeholder was made in this process. */
export function anyPlaceholder(): boolean {
  return table().made > 0;
}
