import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

/** Root of the repository. */
export const ROOT = resolve(__dirname, '../../..');

/** Text of files by path relative to the root, with `/` as separator. */
export type Sources = ReadonlyMap<string, string>;

/** Files that git knows or would add, so that a new file is checked before it is committed. */
export function projectFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  const files = [...new Set(list.split('\0'))].filter((file) => file !== '' && existsSync(join(ROOT, file)));
  if (files.length === 0) {
    throw new Error('git lists no file: the checks would pass on nothing');
  }
  return files.sort();
}

/** The TypeScript sources below some folders. */
export function readSources(...folders: readonly string[]): Sources {
  const files = projectFiles().filter((file) => file.endsWith('.ts') && folders.some((folder) => file.startsWith(`${folder}/`)));
  return new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
}

/** Syntax tree of one file, with parents and docstrings. */
export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
}

/** `file:line` of a node. */
export function whereIs(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
