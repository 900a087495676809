import type { Log } from '../plugin/context';
import { InferenceError } from '../plugin/errors';
import type { Parser } from '../plugin/plugins';
import type { Headers } from '../plugin/request';
import type { Named } from './pipeline';

interface Claim {
  readonly suffix: string;
  readonly parser: Parser;
}

/** Path of requests whose headers name none. Source: llm-d-router v0.10.0, `framework/common/request`. */
const DEFAULT_PATH = '/v1/completions';
const PATH_HEADERS = [':path', 'x-original-path', 'x-forwarded-path'];

/** Path of a request, without its query. */
export function requestPath(headers: Headers): string {
  for (const name of PATH_HEADERS) {
    const path = headers.get(name);
    if (path === undefined || path === '') continue;
    const query = path.indexOf('?');
    return query < 0 ? path : path.slice(0, query);
  }
  return DEFAULT_PATH;
}

/** A path as parsers see it: without spaces around it and without a slash at its end. */
export function trimmedPath(path: string): string {
  const trimmed = path.trim();
  return trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed;
}

/**
 * Finds the parser for a path: the longest claimed suffix wins, of equal ones the parser listed first; without one the fallback parser.
 *
 * The first parser that claims nothing is the fallback, and parsers listed after it are ignored, as are further ones of the same type.
 */
export class ParserRegistry {
  /** Parsers in use. */
  readonly parsers: readonly Named<Parser>[];
  private readonly claims: readonly Claim[];
  private readonly fallback: Parser | undefined;

  constructor(listed: readonly Named<Parser>[], log: Log) {
    const used: Named<Parser>[] = [];
    const claims: Claim[] = [];
    let fallback: Named<Parser> | undefined;
    for (const entry of listed) {
      const { name, type, plugin } = entry;
      if (fallback !== undefined) {
        log.warn({ parser: name, fallback: fallback.name }, 'parser is listed after the one for all other paths and is never asked');
        continue;
      }
      if (used.some((other) => other.type === type)) {
        log.warn({ parser: name, type }, 'there is a parser of this type already, the second one is never asked');
        continue;
      }
      used.push(entry);
      if (plugin.claims.length === 0) fallback = entry;
      for (const claim of plugin.claims) claims.push({ suffix: claim.trim().replace(/^\/+|\/+$/g, ''), parser: plugin });
    }
    this.parsers = used;
    this.fallback = fallback?.plugin;
    // Sorting is stable, so of equal suffixes the first listed stays first.
    this.claims = claims.sort((a, b) => b.suffix.length - a.suffix.length);
  }

  /** @throws InferenceError BadRequest when no parser wants the path */
  resolve(path: string): Parser {
    const parser = this.find(path);
    if (parser === undefined) throw new InferenceError('BadRequest', `no parser registered matching path suffix for: ${path}`);
    return parser;
  }

  /** The parser for a path, if there is one. */
  find(path: string): Parser | undefined {
    const trimmed = trimmedPath(path);
    for (const { suffix, parser } of this.claims) if (trimmed.endsWith(suffix)) return parser;
    return this.fallback;
  }
}
