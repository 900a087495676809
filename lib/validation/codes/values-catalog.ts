/** 1xx: a single value that cannot be right. */
export const VALUE_CODES = {
  LLMD101: {
    severity: 'error',
    slug: 'object-name',
    message:
      'name "{name}" ({length} characters) cannot name an object: use lower-case letters, digits and "-", begin with a letter, at most {max} characters; change the construct id or set `name`',
    why: 'Names become DNS labels; ReplicaSet, LeaderWorkerSet and pod suffixes are added to them by the cluster.',
  },
  LLMD102: {
    severity: 'error',
    slug: 'label',
    message:
      'label "{key}={value}" is not legal: keys are "[prefix/]name", values at most 63 letters, digits, "-", "_" or ".", beginning and ending with a letter or digit',
    why: 'The API server refuses the object.',
  },
  LLMD103: {
    severity: 'error',
    slug: 'quantity',
    message: '"{given}" is not a quantity: write a number with an optional suffix (m, k, M, G, T, Ki, Mi, Gi, Ti), e.g. "96Gi"',
    why: 'The API server refuses the object.',
  },
  LLMD104: {
    severity: 'error',
    slug: 'number',
    message: '`{prop}` is {given}: it must be {allowed}',
    why: 'A count that is negative, fractional or out of range cannot be deployed.',
  },
  LLMD105: {
    severity: 'error',
    slug: 'required',
    message: '`{prop}` is missing: {change}',
    why: 'There is no default that could be right.',
  },
  LLMD106: {
    severity: 'error',
    slug: 'exclusive',
    message: '`{first}` and `{second}` exclude each other: {change}',
    why: 'Only one of the two can act; upstream accepts both and ignores one.',
  },
  LLMD107: {
    severity: 'error',
    slug: 'text',
    message: '`{prop}` is "{given}": {allowed}',
    why: 'A text that is not of the form needed would fail at run time.',
  },
  LLMD108: {
    severity: 'error',
    slug: 'unrenderable',
    message: '{kind} "{name}" cannot be written: {problem}',
    why: 'A JSON patch names a path that the object does not have, or a value cannot be resolved; all patches of the app are tried before the first file is written.',
  },
  LLMD109: {
    severity: 'error',
    slug: 'unknown-prop',
    message: '{owner} takes no `{prop}`: {change}',
    why: 'A name that is misspelt would be passed over, and the default of what was meant would be deployed.',
  },
} as const;
