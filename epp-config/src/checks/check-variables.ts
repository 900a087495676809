import { type RouterVariableKind, type RouterVariableName, routerVariablePrefix, routerVariables } from '../catalog/variable-catalog';
import { parseQuantity } from '../go-values';
import { type EppConfigIssue, IssueCollector } from '../issues';

/** What is wrong with a value, as a sentence; undefined for a good one. Spaces around it do not count, and an empty one is the default. */
export function routerVariableProblem(name: RouterVariableName, value: string): string | undefined {
  const text = value.trim();
  const kind: RouterVariableKind = routerVariables[name];
  const wanted = text === '' ? undefined : expected(kind, text);
  return wanted === undefined ? undefined : `${name} is ${JSON.stringify(text)}, write ${wanted}`;
}

/** What the variable takes instead, or undefined when the value is good. */
function expected(kind: RouterVariableKind, text: string): string | undefined {
  if ('words' in kind) {
    return kind.words.includes(text) ? undefined : kind.words.map((word) => JSON.stringify(word)).join(' or ');
  }
  if ('from' in kind) {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= kind.from && value <= kind.to ? undefined : `a whole number from ${kind.from} to ${kind.to}`;
  }
  if ('leastBytes' in kind) {
    const bytes = parseQuantity(text) ?? 0;
    return bytes >= kind.leastBytes ? undefined : `a size of at least ${kind.leastBytes} bytes, such as 512Mi`;
  }
  return undefined;
}

/**
 * Checks what our own router will read of an environment: names that begin like its variables and are none, and values that it cannot
 * read. Other variables, and those without a value, are passed over.
 */
export function checkRouterVariables(env: Readonly<Record<string, string | undefined>>): { readonly issues: readonly EppConfigIssue[] } {
  const issues = new IssueCollector();
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(routerVariablePrefix)) continue;
    if (!Object.hasOwn(routerVariables, name)) {
      const near = issues.suggest(name, Object.keys(routerVariables));
      issues.add('EPP094', name, `${name} is no variable of this router and has no effect${near}`);
      continue;
    }
    const problem = routerVariableProblem(name as RouterVariableName, value ?? '');
    if (problem !== undefined) issues.add('EPP095', name, problem);
  }
  return { issues: issues.issues };
}
