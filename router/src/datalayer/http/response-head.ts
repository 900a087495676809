/** Longest head of a response that is read, bytes. */
export const longestHead = 16 * 1024;

/** How the end of a body is known. */
export type Framing = 'length' | 'chunked' | 'until-close';

/** What matters of a response's head. */
export interface ResponseHead {
  readonly status: number;
  readonly framing: Framing;
  /** Bytes of the body with framing `length`. */
  readonly length: number;
  /** Whether the connection serves another request. */
  readonly keepAlive: boolean;
  /** `Location`; undefined without. */
  readonly location: string | undefined;
}

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: |\r?\n|$)/;
const contentLength = /\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r?\n|$)/i;
const chunked = /\ntransfer-encoding:[^\r\n]*\bchunked[ \t]*(?:\r?\n|$)/i;
const encoded = /\n(?:transfer|content)-encoding:(?![ \t]*(?:chunked|identity)[ \t]*(?:\r|\n|$))[ \t]*([^\r\n]+)/i;
const connectionClose = /\nconnection:[^\r\n]*\bclose\b/i;
const connectionKeep = /\nconnection:[^\r\n]*\bkeep-alive\b/i;
const locationHeader = /\nlocation:[ \t]*([^\r\n]*)/i;

/** Reads status line and headers, without the empty line after them. @throws Error when this is no HTTP/1 response */
export function parseHead(text: string): ResponseHead {
  const status = statusLine.exec(text);
  if (status === null) throw new Error('the answer is no HTTP/1 response');
  const code = Number(status[2]);
  const odd = encoded.exec(text);
  if (odd !== null) throw new Error(`the answer is encoded as ${odd[1]}, which was not asked for`);
  const length = contentLength.exec(text);
  const bodiless = code === 204 || code === 304;
  const isChunked = !bodiless && chunked.test(text);
  const framing: Framing = isChunked ? 'chunked' : bodiless || length !== null ? 'length' : 'until-close';
  const wanted = status[1] === '1' ? !connectionClose.test(text) : connectionKeep.test(text);
  return {
    status: code,
    framing,
    length: bodiless || length === null ? 0 : Number(length[1]),
    keepAlive: wanted && framing !== 'until-close',
    location: code >= 300 && code < 400 ? locationHeader.exec(text)?.[1]?.trim() : undefined,
  };
}
