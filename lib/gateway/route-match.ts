import type { HttpRouteMatch, HttpRouteRule } from '../manifests/http-route';
import { checkText } from '../util/check';
import { checkProps, type PropTable } from '../util/props';
import { ensure } from '../validation/error';
import type { RouteMatchPlan } from './plan';

/**
 * Header that carries the model's name when a body-based router stands before the routes; the Gateway API cannot read the body
 * itself. A client may also send it.
 */
export const MODEL_HEADER = 'X-Gateway-Base-Model-Name';

/** Which requests of a Gateway go to a model. All that are given must hold. */
export interface RouteMatch {
  /**
   * Host name that the client asks for, e.g. `qwen.example.com` or `*.example.com`.
   * @default - every host name
   */
  readonly hostname?: string;
  /**
   * First segments of the path, e.g. `/qwen`. The proxy removes them before the engine sees the path, unless they belong to the
   * engine's own API (`/v1` and below).
   * @default '/'
   */
  readonly pathPrefix?: string;
  /**
   * Headers and their exact values.
   * @default - none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Value of the header `X-Gateway-Base-Model-Name`. The client sends it, or a body-based router in front of the routes, which is
   * not part of this library, writes it from the field `model` of the body.
   * @default - every model
   */
  readonly modelName?: string;
}

const PROPS: PropTable<RouteMatch> = { hostname: 'value', pathPrefix: 'value', headers: 'record', modelName: 'value' };

const HOSTNAME = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_PREFIX = /^(\/[-A-Za-z0-9._~!$&'()*+,;=:@%]+)*\/?$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/;
/** The engines serve the OpenAI API below this path. */
const API_ROOT = '/v1';

/** Throws LLMD107 unless `hostname` is one that a Gateway knows; nothing given is legal. */
export function checkHostname(prop: string, hostname: unknown): void {
  checkText(prop, hostname, HOSTNAME, 'write a DNS name in lower case without port, the first label may be "*"');
}

/** Checks a match and brings it into a form that can be compared; throws LLMD106 or LLMD107. */
export function planMatch(match: RouteMatch = {}): RouteMatchPlan {
  const { pathPrefix = '/', hostname, modelName, headers: given = {} } = checkProps('`match`', match, PROPS);
  const headers = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  checkHostname('match.hostname', hostname);
  checkText('match.modelName', modelName, /\S/, 'name a model');
  ensure(typeof pathPrefix === 'string' && pathPrefix.startsWith('/') && PATH_PREFIX.test(pathPrefix), 'LLMD107', {
    prop: 'match.pathPrefix',
    given: String(pathPrefix),
    allowed: 'begin with "/", without empty segments, query or spaces',
  });
  for (const [name, value] of headers) {
    ensure(HEADER.test(name) && typeof value === 'string' && value !== '', 'LLMD107', {
      prop: 'match.headers',
      given: `${name}: ${value}`,
      allowed: 'write a legal name and a value',
    });
  }
  if (modelName !== undefined) {
    const header = MODEL_HEADER.toLowerCase();
    ensure(!headers.has(header), 'LLMD106', {
      first: 'match.modelName',
      second: `match.headers.${MODEL_HEADER}`,
      change: 'keep one of them',
    });
    headers.set(header, modelName);
  }
  const sorted = [...headers].sort(([a], [b]) => (a < b ? -1 : 1));
  return { hostname, pathPrefix: pathPrefix === '/' ? '/' : pathPrefix.replace(/\/$/, ''), headers: Object.fromEntries(sorted) };
}

/** The conditions as an HTTPRoute writes them. */
export function renderMatch(match: RouteMatchPlan): HttpRouteMatch {
  const headers = Object.entries(match.headers).map(([name, value]) => ({ type: 'Exact', name: spell(name), value }));
  return { path: { type: 'PathPrefix', value: match.pathPrefix }, ...(headers.length === 0 ? {} : { headers }) };
}

/** Removes the prefix of the path, where the engine does not know it. */
export function prefixFilters(match: RouteMatchPlan): Pick<HttpRouteRule, 'filters'> {
  return strips(match)
    ? { filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }] }
    : {};
}

/** What clients put between host and `/v1/…`. */
export function basePath(match: RouteMatchPlan): string {
  return strips(match) ? match.pathPrefix : '';
}

/** One line for messages. */
export function describeMatch(match: RouteMatchPlan): string {
  const headers = Object.entries(match.headers).map(([name, value]) => `${spell(name)}: ${value}`);
  return [`host ${match.hostname ?? '*'}`, `path ${match.pathPrefix}`, ...headers].join(', ');
}

function strips(match: RouteMatchPlan): boolean {
  return match.pathPrefix !== '/' && match.pathPrefix !== API_ROOT && !match.pathPrefix.startsWith(`${API_ROOT}/`);
}

function spell(header: string): string {
  return header === MODEL_HEADER.toLowerCase() ? MODEL_HEADER : header;
}
