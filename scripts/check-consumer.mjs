// A consumer of the packed packages: compiled strictly against their declarations, then run.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';

const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node20,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ['node'],
};

/**
 * Compiler errors in the consumer and in our own declarations, then what is wrong with its run. Errors in the declarations of other
 * packages are theirs: cdk8s-plus-28 does not hold under `exactOptionalPropertyTypes`.
 */
export function consumerProblems(folder, ours) {
  const main = join(folder, 'main.ts');
  const program = ts.createProgram([main], OPTIONS, { ...ts.createCompilerHost(OPTIONS), getCurrentDirectory: () => folder });
  const isOurs = (file) => file === main || ours.some((name) => file.startsWith(join(folder, 'node_modules', name) + sep));
  const errors = ts.getPreEmitDiagnostics(program).filter(({ file }) => file === undefined || isOurs(file.fileName));
  if (errors.length > 0) {
    return errors.map(({ file, start, messageText }) => {
      const line = file === undefined || start === undefined ? '' : `:${file.getLineAndCharacterOfPosition(start).line + 1}`;
      return `consumer: ${file?.fileName.slice(folder.length + 1) ?? ''}${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  }
  program.emit();
  return [
    ...runProblems(folder, 'main.js'),
    ...yamlProblems(join(folder, 'dist')),
    ...runProblems(folder, 'esm.mjs'),
    ...runProblems(folder, 'image.mjs'),
  ];
}

function runProblems(folder, script) {
  try {
    const env = { ...process.env, CDK8S_OUTDIR: join(folder, 'dist'), NODE_PATH: '' };
    execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
    return [];
  } catch (error) {
    return [`consumer: ${script} fails:\n${error.stderr}`];
  }
}

function yamlProblems(out) {
  const files = existsSync(out) ? readdirSync(out).filter((file) => file.endsWith('.yaml')) : [];
  const isGood = files.length > 0 && files.every((file) => /^kind: /m.test(readFileSync(join(out, file), 'utf8')));
  return isGood ? [] : ['consumer: main.js synthesized nothing'];
}
