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
  /** `qwen.ts` when the fence says so (```` ```ts qwen.ts ````): the other snippets of the page may import it as `./qwen`. */
  readonly file?: string;
}

const FENCE = /^( *)```ts\b([^\n]*)\n([\s\S]*?)^\1```\s*$/gm;
const FILE = /^ ([\w-]+\.ts)$/;

/** The TypeScript blocks of a page. */
export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const file = FILE.exec(match[2] ?? '')?.[1];
    return {
      where: `${page}:${text.slice(0, match.index).split('\n').length}`,
      code: match[3] ?? '',
      ...(file === undefined ? {} : { file }),
    };
  });
}

/** The snippet that `./qwen` names for another one of the same page. */
function imported(specifier: string, by: Snippet, all: readonly Snippet[]): Snippet | undefined {
  const [page] = by.where.split(':');
  return all.find(({ where, file }) => file !== undefined && `./${file}` === `${specifier}.ts` && where.split(':')[0] === page);
}

/** The code with imports of other snippets led to where those are: `./snippet-3` for `./qwen`. */
function linked(snippet: Snippet, all: readonly Snippet[]): string {
  return snippet.code.replaceAll(/from '(\.\/[\w-]+)'/g, (text, specifier: string) => {
    const found = imported(specifier, snippet, all);
    return found === undefined ? text : `from './snippet-${all.indexOf(found)}'`;
  });
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
  const files = new Map(
    snippets.map((snippet, index) => [join(ROOT, `snippet-${index}.ts`), { where: snippet.where, code: linked(snippet, snippets) }]),
  );
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

/** True for a program, or a part of one, that Pulumi runs. */
export function isPulumi(snippet: Snippet): boolean {
  return snippet.file !== undefined || /from '(@pulumi\/|cdk8s-llm-d\/pulumi')/.test(snippet.code);
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
  const folder = mkdtempSync(join(tmpdir(), 'snippet-'));
  const out = join(folder, 'dist');
  const before = { cwd: process.cwd(), out: process.env.CDK8S_OUTDIR };
  process.chdir(folder);
  process.env.CDK8S_OUTDIR = out;
  try {
    runModule(snippet, [], load);
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

/** Runs a snippet, and those of the same page that it imports, with the `require` of the caller: what it exports. */
export function runModule(snippet: Snippet, all: readonly Snippet[], load: NodeJS.Require): Record<string, unknown> {
  const modules = new Map<Snippet, { exports: Record<string, unknown> }>();
  const run = (one: Snippet): Record<string, unknown> => {
    const known = modules.get(one);
    if (known !== undefined) {
      return known.exports;
    }
    const { outputText } = ts.transpileModule(one.code, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const module = { exports: {} };
    modules.set(one, module);
    const require = (specifier: string): unknown => {
      const found = imported(specifier, one, all);
      return found === undefined ? load(specifier) : run(found);
    };
    // What the snippet resolves lies where the caller's does.
    new Function('require', 'module', 'exports', outputText)(Object.assign(require, { resolve: load.resolve }), module, module.exports);
    return module.exports;
  };
  return run(snippet);
}
