import * as ts from 'typescript';
import { parse, type Sources, walk } from './architecture/sources';

const HIDDEN = new Set([ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword]);

function isHidden(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => HIDDEN.has(modifier.kind));
}

/** Names of the private and protected properties of each class: at run time they look like public ones. */
export function hiddenProperties(sources: Sources): ReadonlyMap<string, ReadonlySet<string>> {
  const hidden = new Map<string, Set<string>>();
  for (const [file, text] of sources) {
    walk(parse(file, text), (node) => {
      if (ts.isClassDeclaration(node) && node.name !== undefined) {
        const parameters = node.members.filter(ts.isConstructorDeclaration).flatMap((declared) => [...declared.parameters]);
        const names = [...node.members, ...parameters].filter(isHidden).map((member) => member.name?.getText() ?? '');
        hidden.set(node.name.text, new Set(names));
      }
    });
  }
  return hidden;
}
