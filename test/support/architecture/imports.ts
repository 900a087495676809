import { posix } from 'node:path';
import * as ts from 'typescript';
import { parse, type Sources, walk, whereIs } from './sources';

/** One import, re-export or `require` of a file. */
export interface Import {
  readonly where: string;
  readonly specifier: string;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** Names taken at run time; undefined when the whole module is taken. */
  readonly names: readonly string[] | undefined;
}

function clauseOf(statement: ts.ImportDeclaration): Pick<Import, 'typeOnly' | 'names'> {
  const clause = statement.importClause;
  if (clause === undefined) {
    return { typeOnly: false, names: [] };
  }
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) {
    return { typeOnly: true, names: [] };
  }
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) {
    return { typeOnly: false, names: undefined };
  }
  const names = bindings.elements.filter((element) => !element.isTypeOnly).map((element) => (element.propertyName ?? element.name).text);
  return { typeOnly: names.length === 0 && bindings.elements.length > 0, names };
}

function exportClauseOf(statement: ts.ExportDeclaration): Pick<Import, 'typeOnly' | 'names'> {
  const clause = statement.exportClause;
  if (statement.isTypeOnly) {
    return { typeOnly: true, names: [] };
  }
  if (clause === undefined || !ts.isNamedExports(clause)) {
    return { typeOnly: false, names: undefined };
  }
  const names = clause.elements.filter((element) => !element.isTypeOnly).map((element) => (element.propertyName ?? element.name).text);
  return { typeOnly: names.length === 0 && clause.elements.length > 0, names };
}

/** Every import of a file, whatever its syntax. */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  walk(parse(file, text), (node) => {
    const add = (specifier: ts.Node, rest: Pick<Import, 'typeOnly' | 'names'>) => {
      if (ts.isStringLiteralLike(specifier)) {
        found.push({ where: whereIs(node), specifier: specifier.text, ...rest });
      }
    };
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, clauseOf(node));
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, exportClauseOf(node));
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, { typeOnly: node.isTypeOnly, names: undefined });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, { typeOnly: true, names: [] });
    } else if (ts.isCallExpression(node) && node.arguments[0] !== undefined) {
      const called = node.expression;
      if (called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require')) {
        add(node.arguments[0], { typeOnly: false, names: undefined });
      }
    }
  });
  return found;
}

/** The file that a relative specifier means, or undefined when there is none among `sources`. */
export function resolveImport(from: string, specifier: string, sources: Sources): string | undefined {
  const base = posix.join(posix.dirname(from), specifier);
  return [`${base}.ts`, `${base}/index.ts`, base].find((candidate) => sources.has(candidate));
}
