import * as ts from 'typescript';
import type { Problem } from './problem';
import { parse, type Sources, walk, whereIs } from './sources';

function isExported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function textOf(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return (ts.getTextOfJSDocComment(comment) ?? '').trim();
}

function hasDocstring(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && textOf(doc.comment) !== '');
}

function hasDefault(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'default' && textOf(tag.comment) !== '');
}

/** Every declaration that a file exports by name. */
function exportedDeclarations(source: ts.SourceFile): { name: string; node: ts.Node }[] {
  return source.statements.filter(isExported).flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map((declared) => ({ name: declared.name.getText(), node: statement }));
    }
    const name = (statement as ts.DeclarationStatement).name?.getText();
    return name === undefined ? [] : [{ name, node: statement }];
  });
}

/** Exported names without a docstring. Of an overloaded function one signature must have it. */
export function checkDocstrings(sources: Sources): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    const declared = exportedDeclarations(parse(file, text));
    const documented = new Set(declared.filter(({ node }) => hasDocstring(node)).map(({ name }) => name));
    const reported = new Set<string>();
    for (const { name, node } of declared) {
      if (!documented.has(name) && !reported.has(name)) {
        reported.add(name);
        problems.push({ where: whereIs(node), what: `exports ${name} without a docstring` });
      }
    }
  }
  return problems;
}

/** True when `node`, or anything around it up to `outermost`, says its default. */
function isCovered(node: ts.Node, outermost: ts.Node): boolean {
  return hasDefault(node) || (node !== outermost && isCovered(node.parent, outermost));
}

/**
 * Optional properties of exported interfaces (their nested shapes too) without `@default`.
 *
 * Optional methods (hooks of a plugin) are not asked: without one, nothing happens.
 *
 * In a file that `mirrors` accepts (the types of the Kubernetes API itself) a default may be said once for all that lies below: on
 * the interface or on the outer property. There, what is absent is absent from the manifest, and the API server decides.
 */
export function checkDefaults(sources: Sources, mirrors: (file: string) => boolean = () => false): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    for (const statement of parse(file, text).statements) {
      if (!ts.isInterfaceDeclaration(statement) || !isExported(statement)) {
        continue;
      }
      walk(statement, (node) => {
        if (ts.isPropertySignature(node) && node.questionToken !== undefined) {
          if (!(mirrors(file) ? isCovered(node, statement) : hasDefault(node))) {
            problems.push({ where: whereIs(node), what: `${statement.name.text}.${node.name.getText()} is optional and has no @default` });
          }
        }
      });
    }
  }
  return problems;
}
