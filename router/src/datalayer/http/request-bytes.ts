import { isIPv6 } from 'node:net';
import type { PollRequest } from '../types';

/** `host:port` with brackets around IPv6. */
export const authorityOf = ({ host, port }: PollRequest): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** `scheme://host:port`. */
export const originOf = (request: PollRequest): string => `${request.scheme}://${authorityOf(request)}`;

/** Path as it may stand in a request line: what a URL can not hold is escaped. */
export const escapedPath = (path: string): string =>
  encodeURI(path.startsWith('/') ? path : `/${path}`).replace(/%25(?=[\da-fA-F]{2})/g, '%');

/** The bytes of a GET request. No encoding is offered, so that servers need not compress and we need not expand. */
export function requestBytes(request: PollRequest, path: string): Buffer {
  return Buffer.from(
    `GET ${escapedPath(path)} HTTP/1.1\r\nHost: ${authorityOf(request)}\r\nUser-Agent: llm-d-epp\r\nAccept: */*\r\n\r\n`,
    'latin1',
  );
}

/**
 * Host and port of `host:port` or `[host]:port`.
 * @throws Error when it is neither
 */
export function splitAuthority(authority: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|(.+)):(\d{1,5})$/.exec(authority);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) throw new Error(`${JSON.stringify(authority)} is no host:port`);
  return { host: (match[1] ?? match[2]) as string, port };
}
