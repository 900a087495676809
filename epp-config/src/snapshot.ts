/** Nesting beyond which no configuration is meant; the deepest real parameter sits at 9. */
const deepestNesting = 64;

/** Thrown inside {@link snapshot} and turned into an issue by its caller. */
export class UnreadableValueError extends Error {}

/**
 * A deep copy of plain data: later changes by the caller cannot reach a parsed configuration, cycles and bottomless nesting
 * are refused, and getters run once, here.
 */
export function snapshot(value: unknown): unknown {
  try {
    return copy(value, 0);
  } catch (error) {
    if (error instanceof UnreadableValueError) throw error;
    // A getter or proxy of the caller threw.
    throw new UnreadableValueError('the value throws when it is read, pass plain data as a YAML or JSON parser returns it');
  }
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepestNesting) {
    throw new UnreadableValueError(`the value is nested more than ${deepestNesting} levels deep or contains itself`);
  }
  if (Array.isArray(value)) return Array.from(value, (item) => copy(item, depth + 1));
  // fromEntries defines properties instead of assigning them, so a key named __proto__ stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, depth + 1)]));
}
