/** A value in a message: JSON, on one line when it is short. */
export function show(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  const line = JSON.stringify(value);
  return line.length <= 80 ? line : JSON.stringify(value, null, 2);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  const plain = /^[\w-]+$/.test(key);
  if (path === '') {
    return plain ? key : `["${key}"]`;
  }
  return plain ? `${path}.${key}` : `${path}["${key}"]`;
}

/** What of `expected` is not in `actual`, one sentence each; empty when all of it is. */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (isObject(expected) && isObject(actual)) {
    return Object.entries(expected).flatMap(([key, value]) => differences(value, actual[key], join(path, key)));
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${path}: expected ${expected.length} items ${show(expected)}, found ${actual.length} ${show(actual)}`];
    }
    return expected.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
  }
  return Object.is(expected, actual) ? [] : [`${path}: expected ${show(expected)}, found ${show(actual)}`];
}
