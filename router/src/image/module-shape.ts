import { blankTexts } from './blank-texts';

/** What a module is made of, as far as it matters for where it can run. */
export interface ModuleShape {
  readonly exports: 'module' | 'commonjs' | 'nothing';
  /** What keeps it from running as it is, in words; empty when nothing does. */
  readonly needs: readonly string[];
}

const STATEMENTS = {
  typeImport: /\bimport\s+type\s+(?!from\s*["'])[\w$\s{},*]+?\sfrom\s*"(?:node:)?"/g,
  typeExport: /\bexport\s+type\s*(?:\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})\s*from\s*"(?:node:)?"/g,
  nodeImport: /\bimport\s*(?:[\w$\s{},*]+?\sfrom\s*)?"node:"/g,
  nodeCall: /\b(?:import|require)\s*\(\s*"node:"\s*\)/g,
} as const;

/**
 * Reads a module's source as far as to say whether Node 24 runs it by itself: nothing imported at run time but Node's own modules (by
 * `node:…`), and, in TypeScript, nothing that has to be translated. In doubt it says no: then the module is bundled, which always does.
 */
export function moduleShape(source: string, isTypeScript: boolean): ModuleShape {
  const code = blankTexts(source);
  if (code === undefined) return { exports: 'module', needs: ['what could not be read here'] };
  const rest = Object.values(STATEMENTS).reduce((text, pattern) => text.replace(pattern, ' '), code);
  const isModule = /\bexport\s*(?:default\b|\{|\*|const\b|let\b|var\b|function\b|async\b|class\b)/.test(rest);
  const isCommonJs = /\bmodule\s*\.\s*exports\b|\bexports\s*(?:\.|\[)/.test(rest);
  const needs = (isTypeScript ? [IMPORTS, ...TRANSLATED] : [IMPORTS]).filter(([pattern]) => pattern.test(rest)).map(([, what]) => what);
  if (isTypeScript && hasParameterProperties(rest)) needs.push('parameter properties');
  if (isModule) return { exports: 'module', needs };
  // What is exported may come from elsewhere (`export * from`), or in a way that only a bundler reads.
  return { exports: isCommonJs ? 'commonjs' : needs.length > 0 ? 'module' : 'nothing', needs };
}

const IMPORTS = [/\bimport\b(?!\s*\.\s*meta\b)|\brequire\b|\bexport\b[^;]*?\bfrom\s*"/, 'imports'] as const;

/** Parts of TypeScript that Node does not take away. Source: nodejs.org/api/typescript.html. */
const TRANSLATED: readonly (readonly [RegExp, string])[] = [
  [/\benum\s+[\w$]+\s*\{/, 'an enum'],
  [/\b(?:namespace|module)\s+[\w$.]+\s*\{/, 'a namespace'],
  [/@\s*[\w$(]/, 'decorators'],
  [/\bexport\s*=/, 'an export assignment'],
];

/** `constructor(private readonly context: Context)`: fields that the parameters stand for. */
function hasParameterProperties(code: string): boolean {
  return [...code.matchAll(/\bconstructor\s*\(/g)].some(({ index, 0: found }) => {
    let end = index + found.length;
    for (let depth = 1; depth > 0 && end < code.length; end++) depth += { '(': 1, ')': -1 }[code[end] as string] ?? 0;
    return /\b(?:public|private|protected|readonly|override)\s+[\w$]/.test(code.slice(index, end));
  });
}
