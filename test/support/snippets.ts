import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ts from 'typescript';
import { ROOT } from './architecture/sources';

/** One block of TypeScript of a page. */
export interface Snippet {
  /** `README.md:12`: page and line of the fence. */
  readonly where: string;
  readonly code: string;
}

const FENCE = /^( *)```ts\b[^\n]*\n([\s\S]*?)^\1```\s*$/gm;

/** The TypeScript blocks of a page. */
export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    where: `${page}:${text.slice(0, match.index).split('\n').length}`,
    code: match[2] ?? '',
  }));
}

/** The TypeScript blocks of the README and of all pages below `docs/`. */
export function projectSnippets(): Snippet[] {
  const docs = existsSync(join(ROOT, 'docs')) ? readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }) : [];
  const pages = ['README.md', ...docs.filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
  return pages.filter((page) => existsSync(join(ROOT, page))).flatMap((page) => snippetsOf(page, readFileSync(join(ROOT, page), 'utf8')));
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [join(ROOT, 'lib/index.ts')] }, ts.sys, ROOT);
  return { ...options, moduleDetection: ts.ModuleDetectionKind.Force };
}

/**
 * Type errors of snippets, all checked in one program as if they lay in the root of the repository, each as
 * `README.md:12+3 message` with the line in the block.
 */
export function typeErrors(snippets: readonly Snippet[]): string[] {
  const options = compilerOptions();
  const files = new Map(snippets.map((snippet, index) => [join(ROOT, `snippet-${index}.ts`), snippet]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file)?.code ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const snippet = files.get(file);
    return snippet === undefined ? getSourceFile(file, language, ...rest) : ts.createSourceFile(file, snippet.code, language);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([file, { where }]) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start, messageText }) => {
      const line = source === undefined || start === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line + 1;
      return `${where}+${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

/** True when the program writes its charts itself. */
export function synthesizes(snippet: Snippet): boolean {
  return /\.synth\(\)/.test(snippet.code);
}

/**
 * Runs one snippet with the `require` of the caller, in an empty directory that is also where cdk8s writes to, and returns the YAML
 * that came out by file name.
 */
export function runSnippet(snippet: Snippet, load: NodeJS.Require): Record<string, string> {
  const { outputText } = ts.transpileModule(snippet.code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const folder = mkdtempSync(join(tmpdir(), 'snippet-'));
  const out = join(folder, 'dist');
  const before = { cwd: process.cwd(), out: process.env.CDK8S_OUTDIR };
  process.chdir(folder);
  process.env.CDK8S_OUTDIR = out;
  try {
    const module = { exports: {} };
    new Function('require', 'module', 'exports', outputText)(load, module, module.exports);
    const files = existsSync(out) ? readdirSync(out).filter((file) => file.endsWith('.yaml')) : [];
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(out, file), 'utf8')]));
  } finally {
    process.chdir(before.cwd);
    if (before.out === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = before.out;
    }
    rmSync(folder, { recursive: true });
  }
}
