import type { Page } from '../types';

/** Hears how fetches end: exactly one call for each `get`, unless the client was closed meanwhile. */
export interface PageSink {
  /** A complete page of status 200. Its memory is reused after the call. */
  page(page: Page): void;
  failed(reason: string): void;
}

/** Fetches one page of one server again and again, one fetch at a time. */
export interface PageClient {
  /** Starts a fetch. Call it only when the last one has ended. */
  get(): void;
  /** Gives up the running fetch, which then fails with that reason. */
  abort(reason: string): void;
  /** Ends the connection; the sink hears nothing any more. */
  close(): void;
}

/** Longest page, bytes. Source: llm-d-router v0.10.0 for pages of other clusters; here it holds for all. */
export const longestPage = 8 * 1024 * 1024;

/** How many redirects are followed for one page. */
export const mostRedirects = 3;

/** Path of a redirect to the same server; undefined when it leads elsewhere or nowhere. `base` is `scheme://host:port`. */
export function redirectPath(location: string | undefined, base: string): string | undefined {
  if (location === undefined || location === '' || !URL.canParse(location, base)) return undefined;
  const to = new URL(location, base);
  return to.origin === new URL(base).origin ? to.pathname + to.search : undefined;
}
