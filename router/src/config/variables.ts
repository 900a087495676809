import { nearestName, parseQuantity } from 'llm-d-epp-config';
import { type VariableKind, type VariableName, variables } from './variables-catalog';

/** Environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'LLM_D_EPP_';

/** Names of variables of one kind. */
type NamesOf<K> = { [N in VariableName]: (typeof variables)[N] extends K ? N : never }[VariableName];

const kindOf = (name: VariableName): VariableKind => variables[name];
const given = (env: Environment, name: VariableName): string => env[name]?.trim() ?? '';

/** A word; the first of those allowed when nothing is given. @throws Error for other words */
export function wordVariable(env: Environment, name: NamesOf<{ readonly words: readonly string[] }>): string {
  const { words } = kindOf(name) as { readonly words: readonly string[] };
  const text = given(env, name);
  if (text === '') return words[0] as string;
  if (words.includes(text)) return text;
  throw new Error(`${name} is ${JSON.stringify(text)}, write ${words.map((word) => JSON.stringify(word)).join(' or ')}`);
}

/** A whole number. @throws Error for anything else */
export function numberVariable(env: Environment, name: NamesOf<{ readonly from: number }>): number {
  const { from, to, fallback } = kindOf(name) as { readonly from: number; readonly to: number; readonly fallback: number };
  const text = given(env, name);
  if (text === '') return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}, write a whole number from ${from} to ${to}`);
}

/** Bytes; `fallback` where the default depends on who asks. @throws Error for what is no size */
export function sizeVariable(env: Environment, name: NamesOf<{ readonly leastBytes: number }>, fallback?: number): number {
  const { leastBytes, fallbackBytes } = kindOf(name) as { readonly leastBytes: number; readonly fallbackBytes: string };
  const text = given(env, name);
  if (text === '') return fallback ?? (parseQuantity(fallbackBytes) as number);
  const bytes = parseQuantity(text);
  if (bytes !== undefined && bytes >= leastBytes) return Math.floor(bytes);
  throw new Error(`${name} is ${JSON.stringify(text)}, write a size of at least ${leastBytes} bytes, such as 512Mi`);
}

/** Any text. */
export function textVariable(env: Environment, name: NamesOf<{ readonly fallback: string }>): string {
  return given(env, name) || (kindOf(name) as { readonly fallback: string }).fallback;
}

/** A sentence for each variable that looks like ours and is not: a misspelt one would be without effect. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = Object.keys(variables);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `${name} is no variable of this router and has no effect${near === undefined ? '' : `, did you mean ${near}?`}`;
    });
}
