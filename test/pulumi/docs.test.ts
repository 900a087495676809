import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../support/architecture/sources';
import { PULUMI_COMMANDS } from '../support/pulumi-commands-catalog';
import { answers, type ExampleRun, PULUMI_EXAMPLES, pulumiExampleNames, runPulumi } from '../support/pulumi-examples';
import { isPulumi, projectSnippets, type Snippet } from '../support/snippets';

jest.setTimeout(60_000);

const snippets = projectSnippets();
const page = readFileSync(join(ROOT, 'docs/pulumi.md'), 'utf8');
const fenced = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm'))].map(([, , code = '']) => code);

/** Runs a snippet as the program of a project with the configuration of the page. */
function run(snippet: Snippet): Promise<ExampleRun> {
  const config = { ...answers.GIVEN, namespace: 'llm', replicas: '2' };
  return runPulumi(snippet, snippets, {
    project: 'qwen',
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`qwen:${key}`, value])),
    secrets: ['qwen:kubeconfig', 'qwen:hfToken'],
  });
}

describe('programs of the pages', () => {
  // Files that others import register nothing, or nothing but a provider, by themselves.
  const programs = snippets.filter((snippet) => isPulumi(snippet) && /new (ServingStack|llmd\.)/.test(snippet.code));

  test('are in README.md and docs/pulumi.md', () => {
    const pages = programs.map(({ where }) => where.split(':')[0]);
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/pulumi.md']));
    expect(pages.filter((name) => name === 'docs/pulumi.md').length).toBeGreaterThan(8);
  });

  test.each(programs)('$where registers objects and exports what can be read', async (snippet) => {
    const { objects, exported } = await run(snippet);
    expect(objects.length).toBeGreaterThan(8);
    expect(Object.keys(exported)).not.toEqual([]);
    expect(JSON.stringify(exported)).not.toContain('llmdoutput');
    expect(Object.values(exported).filter((value) => value === undefined || value === null || value === '')).toEqual([]);
    // The router of this project is in no public registry: without one in its name, no node finds it.
    expect(JSON.stringify(objects.map(({ inputs }) => inputs))).not.toMatch(/"llm-d-epp:/);
  });
});

describe('docs/pulumi.md', () => {
  test('lists what its program registers', async () => {
    const main = snippets.find(({ where, file }) => where.startsWith('docs/pulumi.md') && file === 'index.ts') as Snippet;
    const { registrations } = await run(main);
    const stack = registrations.find(({ token }) => token === 'cdk8s-llm-d:index:ServingStack');
    const children = registrations.filter(({ parent }) => parent === stack?.urn).map(({ token, name }) => `${token} ${name}`);
    const listed = fenced(page, 'text registered')[0]?.trimEnd().split('\n');
    expect(listed?.sort()).toEqual(children.sort());
  });

  test('its project is that of the examples, with the configuration that its program reads', () => {
    const project = parse(fenced(page, 'yaml')[0] as string) as { runtime: object; config: object };
    const example = parse(readFileSync(join(PULUMI_EXAMPLES, 'quickstart/Pulumi.yaml'), 'utf8')) as typeof project;
    expect(project.runtime).toEqual(example.runtime);
    expect(Object.keys(project.config)).toEqual(Object.keys(example.config));
    const options = JSON.parse(fenced(page, 'json')[0] as string) as { compilerOptions: object; files: string[] };
    const { compilerOptions } = JSON.parse(readFileSync(join(PULUMI_EXAMPLES, 'quickstart/tsconfig.json'), 'utf8')) as typeof options;
    expect(compilerOptions).toMatchObject(options.compilerOptions);
    expect(options.files).toEqual(['index.ts']);
  });

  test('installs what its snippets import', () => {
    const installed = new Set(
      fenced(page, 'sh').flatMap((text) => [...text.matchAll(/^ *npm install (.+)$/gm)].flatMap(([, list = '']) => list.split(' '))),
    );
    const names = new Set([...installed].map((name) => name.replace(/(?<=.)@[^@/]+$/, '')));
    const imported = snippets
      .filter(({ where }) => where.startsWith('docs/pulumi.md'))
      .flatMap(({ code }) => [...code.matchAll(/from '([^'./][^']*)'/g)].map(([, name = '']) => name))
      .filter((name) => !name.startsWith('node:'))
      .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    expect(imported.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('commands', () => {
  const texts = new Map(
    [
      'README.md',
      'docs/pulumi.md',
      'docs/pulumi-moving.md',
      ...pulumiExampleNames().map((name) => `examples/pulumi/${name}/README.md`),
    ].map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
  );
  // Blocks and spans; a prompt of one's own, `cd` for example, is a command too.
  const lines = (text: string) => [
    ...fenced(text, 'sh').flatMap((block) => block.replaceAll(/\\\n */g, ' ').split('\n')),
    ...[...text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/`((?:pulumi|npx|npm) [^`]+)`/g)].map(([, line = '']) => line),
  ];
  const commands = [...texts].flatMap(([file, text]) =>
    lines(text)
      .flatMap((line) => line.replaceAll(/[()]/g, '').split('&&'))
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '')
      .map((line) => ({ file, line })),
  );

  test('are found', () => {
    expect(commands.map(({ line }) => line)).toEqual(expect.arrayContaining(['pulumi up', 'pulumi stack init dev', 'cd qwen']));
  });

  test.each(commands)('$file: $line', ({ line }) => {
    const [program = '', ...rest] = line.split(/\s+/);
    const words = rest.filter((word) => !word.startsWith('-') && !['<', '>'].includes(word));
    const flags = rest.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''));
    switch (program) {
      case 'pulumi': {
        const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((candidate) => PULUMI_COMMANDS[candidate] !== undefined);
        expect(name ?? `no command pulumi ${words.join(' ')}`).toBe(name);
        expect(flags.filter((flag) => !PULUMI_COMMANDS[name as string]?.includes(flag))).toEqual([]);
        return;
      }
      case 'npx':
        expect(binaries()).toContain(words[0] === 'llm-d-epp' || words[0] === 'cdk8s-llm-d' ? words[0] : 'none of ours');
        return;
      case 'npm':
        expect(['ci', 'init', 'install', 'pkg', 'run', 'test']).toContain(words[0]);
        return;
      default:
        expect(['cd', 'curl', 'docker', 'kubectl', 'mkdir', 'node']).toContain(program);
    }
  });

  function binaries(): string[] {
    return ['package.json', 'router/package.json'].flatMap((file) => {
      const { name, bin = {} } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
        name: string;
        bin?: string | Record<string, string>;
      };
      return typeof bin === 'string' ? [name] : Object.keys(bin);
    });
  }
});

test('links between the pages lead to a file, and to a heading of it', () => {
  const heading = (text: string) =>
    `#${text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')}`;
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'examples/README.md',
    'examples/own-scorer/README.md',
    'router/README.md',
    ...['air-gapped', 'pulumi', 'pulumi-moving', 'router-image'].map((name) => `docs/${name}.md`),
    ...pulumiExampleNames().map((name) => `examples/pulumi/${name}/README.md`),
  ];
  const broken = pages.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return [...text.matchAll(/\]\((?!https?:)([^)#]*)(#[^)]+)?\)/g)].flatMap(([link, path = '', anchor]) => {
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, target))) {
        return [`${file}: ${link}`];
      }
      const headings = target.endsWith('.md') ? [...readFileSync(join(ROOT, target), 'utf8').matchAll(/^#+ (.+)$/gm)] : [];
      return anchor === undefined || headings.some(([, title = '']) => heading(title) === anchor) ? [] : [`${file}: ${link}`];
    });
  });
  expect(broken).toEqual([]);
});
