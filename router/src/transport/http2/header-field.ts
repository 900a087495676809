/** What a header is to the server. It is found once, when the field enters a table, not for every request. */
export const fieldKind = { REGULAR: 0, METHOD: 1, SCHEME: 2, PATH: 3, AUTHORITY: 4, CONTENT_LENGTH: 5, MALFORMED: 6 } as const;

/** Number of a kind. */
export type FieldKind = (typeof fieldKind)[keyof typeof fieldKind];

/** Bytes that each field counts beyond its name and value. Source: RFC 7541, section 4.1. */
const FIELD_OVERHEAD = 32;

const KINDS: ReadonlyMap<string, FieldKind> = new Map([
  [':method', fieldKind.METHOD],
  [':scheme', fieldKind.SCHEME],
  [':path', fieldKind.PATH],
  [':authority', fieldKind.AUTHORITY],
  ['content-length', fieldKind.CONTENT_LENGTH],
  // Belong to a single HTTP/1 connection. Source: RFC 9113, section 8.2.2.
  ['connection', fieldKind.MALFORMED],
  ['keep-alive', fieldKind.MALFORMED],
  ['proxy-connection', fieldKind.MALFORMED],
  ['transfer-encoding', fieldKind.MALFORMED],
  ['upgrade', fieldKind.MALFORMED],
]);

/** Tokens of HTTP without upper-case letters. */
const VALID_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = ['\0', '\r', '\n'];

function kindOf(name: string, value: string): FieldKind {
  const known = KINDS.get(name);
  if (FORBIDDEN_IN_VALUE.some((character) => value.includes(character))) {
    return fieldKind.MALFORMED;
  }
  if (known !== undefined) {
    return known;
  }
  if (name === 'te' && value !== 'trailers') {
    return fieldKind.MALFORMED;
  }
  return VALID_NAME.test(name) ? fieldKind.REGULAR : fieldKind.MALFORMED;
}

/** One header. Fields of the tables are shared between requests. */
export class HeaderField {
  /** What it counts in tables and lists, in bytes. */
  readonly size: number;
  readonly kind: FieldKind;

  constructor(
    readonly name: string,
    readonly value: string,
  ) {
    this.size = name.length + value.length + FIELD_OVERHEAD;
    this.kind = kindOf(name, value);
  }
}
