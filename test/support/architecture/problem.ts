/** What a checker found: where, and what is wrong with it. */
export interface Problem {
  /** `file:line`, or the file alone. */
  readonly where: string;
  readonly what: string;
}

/** One line a problem, so that an assertion shows all of them at once. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => `${problem.where} ${problem.what}`).join('\n');
}
