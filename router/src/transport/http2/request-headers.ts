import { fieldKind, type HeaderField } from './header-field';

/** Headers of one call. */
export class RequestHeaders {
  method = '';
  path = '';
  scheme = '';
  /** -1 when the peer did not say. */
  contentLength = -1;

  private constructor(private readonly fields: readonly HeaderField[]) {}

  /** The headers of a request, undefined when it is malformed (RFC 9113, section 8.1.1). */
  static of(fields: readonly HeaderField[]): RequestHeaders | undefined {
    const headers = new RequestHeaders(fields);
    let authority = false;
    let regular = false;
    for (const { kind, value } of fields) {
      if (kind === fieldKind.REGULAR) {
        regular = true;
      } else if (kind === fieldKind.CONTENT_LENGTH) {
        regular = true;
        if (!/^\d{1,15}$/.test(value)) {
          return undefined;
        }
        headers.contentLength = Number(value);
      } else if (regular || !headers.setPseudo(kind, value, authority)) {
        return undefined;
      }
      authority ||= kind === fieldKind.AUTHORITY;
    }
    return headers.method === '' || headers.path === '' || headers.scheme === '' ? undefined : headers;
  }

  /** True when `fields` may stand after the body. */
  static areTrailers(fields: readonly HeaderField[]): boolean {
    return fields.every(({ kind }) => kind === fieldKind.REGULAR || kind === fieldKind.CONTENT_LENGTH);
  }

  /** A header by lower-case name; several of one name are joined by commas. */
  get(name: string): string | undefined {
    let found: string | undefined;
    for (const field of this.fields) {
      if (field.name === name) {
        found = found === undefined ? field.value : found + ',' + field.value;
      }
    }
    return found;
  }

  private setPseudo(kind: number, value: string, authority: boolean): boolean {
    if (kind === fieldKind.METHOD && this.method === '') {
      this.method = value;
    } else if (kind === fieldKind.PATH && this.path === '') {
      this.path = value;
    } else if (kind === fieldKind.SCHEME && this.scheme === '') {
      this.scheme = value;
    } else {
      return kind === fieldKind.AUTHORITY && !authority;
    }
    return true;
  }
}
