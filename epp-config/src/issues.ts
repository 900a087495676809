import { type IssueCode, type IssueSeverity, issueCatalog } from './issue-catalog';
import { nearestName } from './nearest-name';

/** One finding about a configuration. */
export interface EppConfigIssue {
  /** Stable code, see {@link issueCatalog}. */
  readonly code: IssueCode;
  /** Where, such as `plugins[3].parameters.blockSizeTokens`; empty for the document itself. */
  readonly path: string;
  /** What was given, what is allowed and what to change. */
  readonly message: string;
  /** Errors stop the router at start. */
  readonly severity: IssueSeverity;
}

/** Thrown for a configuration with at least one error; carries every issue, warnings included. */
export class EppConfigError extends Error {
  /** All issues, in document order of the checks. */
  readonly issues: readonly EppConfigIssue[];

  constructor(issues: readonly EppConfigIssue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.name = 'EppConfigError';
    this.issues = issues;
  }
}

/** An issue on one line: `error EPP012 plugins[0].parameters.x: unknown parameter …`. */
export function formatIssue(issue: EppConfigIssue): string {
  return `${issue.severity} ${issue.code}${issue.path === '' ? '' : ` ${issue.path}`}: ${issue.message}`;
}

/** Suggestions made for one configuration; beyond it the search for near names would dominate the run time of a hostile input. */
const mostSuggestions = 50;

/** Collects the issues of one configuration. */
export class IssueCollector {
  readonly issues: EppConfigIssue[] = [];
  private suggestions = 0;

  add(code: IssueCode, path: string, message: string): void {
    this.issues.push({ code, path, message, severity: issueCatalog[code].severity });
  }

  /** Ending of a message about an unknown word: `, did you mean "queue-scorer"?` or nothing. */
  suggest(given: unknown, known: Iterable<string>): string {
    if (typeof given !== 'string' || this.suggestions >= mostSuggestions) return '';
    this.suggestions++;
    const near = nearestName(given, known);
    return near === undefined ? '' : `, did you mean ${JSON.stringify(near)}?`;
  }

  get failed(): boolean {
    return this.issues.some((issue) => issue.severity === 'error');
  }
}
