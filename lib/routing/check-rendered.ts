import { checkEndpointPickerConfig, formatIssue, type IssueCode } from 'llm-d-epp-config';
import { type Finding, finding } from '../validation/findings';
import type { RouterSchemaVersion } from './render-config';

// Deprecation is what newer routers say; for the oldest version its guides still write these forms, and so do we.
const DEPRECATIONS: ReadonlySet<IssueCode> = new Set(['EPP011', 'EPP024']);

// An optional input that nobody produces: the router starts such producers itself, and does without on purpose.
const NOT_WORTH_SAYING: IssueCode = 'EPP084';

/**
 * What the router of a version would say to a configuration at its start: LLMD501 where it would refuse to start, LLMD502 where it
 * would ignore something. Plugin types of your own router build are declared in `customPlugins`; Alpha plugins pass, because
 * `RoutingStrategy.experimental` tells whoever starts the router to allow them. `path` is the construct that the findings name;
 * `extended` tells that the router is no upstream one, so that what only ours accepts passes.
 */
export function checkRendered(
  config: unknown,
  version: RouterSchemaVersion,
  customPlugins: readonly string[] = [],
  path = '',
  extended = false,
): readonly Finding[] {
  const { issues } = checkEndpointPickerConfig(config, { version, customPlugins, allowExperimental: true, extended });
  return issues
    .filter(({ code }) => code !== NOT_WORTH_SAYING && (version !== 'v0.9.0' || !DEPRECATIONS.has(code)))
    .map((issue) => finding(issue.severity === 'error' ? 'LLMD501' : 'LLMD502', path, { issue: withoutSeverity(formatIssue(issue)) }));
}

/** The finding has a severity of its own. */
function withoutSeverity(line: string): string {
  return line.replace(/^(error|warning) /, '');
}
