import {
  checkRouterVariables,
  parseQuantity,
  type RouterVariableName,
  routerVariableProblem,
  routerVariables as variables,
} from 'llm-d-epp-config';

/** Environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names of variables of one kind. */
type NamesOf<K> = { [N in RouterVariableName]: (typeof variables)[N] extends K ? N : never }[RouterVariableName];

/** What was given, without spaces around it; empty for nothing. @throws Error for what the variable does not take */
function given(env: Environment, name: RouterVariableName): string {
  const text = env[name]?.trim() ?? '';
  const problem = routerVariableProblem(name, text);
  if (problem !== undefined) throw new Error(problem);
  return text;
}

/** A word; the first of those allowed when nothing is given. @throws Error for other words */
export function wordVariable(env: Environment, name: NamesOf<{ readonly words: readonly string[] }>): string {
  return given(env, name) || variables[name].words[0];
}

/** A whole number. @throws Error for anything else */
export function numberVariable(env: Environment, name: NamesOf<{ readonly from: number }>): number {
  return Number(given(env, name) || variables[name].fallback);
}

/** Bytes; `fallback` where the default depends on who asks. @throws Error for what is no size */
export function sizeVariable(env: Environment, name: NamesOf<{ readonly leastBytes: number }>, fallback?: number): number {
  const text = given(env, name);
  if (text === '' && fallback !== undefined) return fallback;
  return Math.floor(parseQuantity(text || variables[name].fallbackBytes) as number);
}

/** Any text. */
export function textVariable(env: Environment, name: NamesOf<{ readonly fallback: string }>): string {
  return given(env, name) || variables[name].fallback;
}

/** A sentence for each variable that looks like ours and is not: a misspelt one would be without effect. */
export function unknownVariables(env: Environment): readonly string[] {
  return checkRouterVariables(env)
    .issues.filter(({ severity }) => severity === 'warning')
    .map(({ message }) => message);
}
