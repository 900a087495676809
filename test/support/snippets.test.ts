import { isPulumi, runModule, runSnippet, snippetsOf, synthesizes, typeErrors } from './snippets';

const at = (code: string) => ({ where: 'page.md:1', code });
const PROGRAM = `import { ApiObject, App, Chart } from 'cdk8s';
const app = new App();
new ApiObject(new Chart(app, 'one'), 'object', { apiVersion: 'v1', kind: 'Service' });
app.synth();
`;

test('snippetsOf finds the TypeScript blocks with their lines, indented ones too', () => {
  const page = [
    '# Page',
    '```ts',
    'a();',
    '```',
    '```bash',
    'b',
    '```',
    '- item',
    '  ```ts title',
    '  c();',
    '  ```',
    '```tsx',
    'd',
    '```',
  ].join('\n');
  expect(snippetsOf('page.md', page)).toEqual([
    { where: 'page.md:2', code: 'a();\n' },
    { where: 'page.md:9', code: '  c();\n' },
  ]);
});

test('typeErrors finds wrong types, unknown imports, unused names and broken syntax, in each snippet by itself', () => {
  const errors = typeErrors([
    at(`const a: number = 'x';\nconsole.log(a);`),
    at(`import { NoSuchThing } from 'cdk8s-llm-d';\nconsole.log(NoSuchThing);`),
    at(`import { App } from 'cdk8s';`),
    at('const a = ;'),
    at(`const a = 1;\nconsole.log(a);`),
    at(PROGRAM),
  ]);
  expect(errors).toHaveLength(4);
  expect(errors[0]).toMatch(/^page\.md:1\+1 Type 'string' is not assignable/);
  expect(errors[1]).toMatch(/NoSuchThing/);
  expect(errors[2]).toMatch(/'App' is declared but/);
  expect(errors[3]).toMatch(/Expression expected/);
}, 60_000);

test('runSnippet returns what was synthesized, and leaves directory and environment as they were', () => {
  const before = { cwd: process.cwd(), out: process.env.CDK8S_OUTDIR };
  expect(runSnippet(at(PROGRAM), require)).toEqual({ 'one.k8s.yaml': expect.stringContaining('kind: Service') });
  expect(runSnippet(at('const a = 1; void a;'), require)).toEqual({});
  expect(() => runSnippet(at(`throw new Error('bad snippet');`), require)).toThrow('bad snippet');
  expect({ cwd: process.cwd(), out: process.env.CDK8S_OUTDIR }).toEqual(before);
});

test('synthesizes tells whether YAML must come out', () => {
  expect(synthesizes(at(PROGRAM))).toBe(true);
  expect(synthesizes(at('new App();'))).toBe(false);
});

describe('snippets that import one another', () => {
  const page = ['```ts a.ts', 'export const a = 1;', '```', '```ts', `import { a } from './a';`, 'export const b = a + 1;', '```'].join(
    '\n',
  );
  const snippets = [...snippetsOf('other.md', '```ts a.ts\nexport const z = 1;\n```'), ...snippetsOf('page.md', page)];
  const [other, , importing] = snippets;

  test('are files of their page only', () => {
    expect(snippets.map(({ file }) => file)).toEqual(['a.ts', 'a.ts', undefined]);
    expect(typeErrors(snippets)).toEqual([]);
    const wrong = { where: 'page.md:9', code: `import { z } from './a';\nexport const y = z;` };
    expect(typeErrors([...snippets, wrong])).toEqual([expect.stringContaining("no exported member 'z'")]);
  }, 60_000);

  test('run with what they import', () => {
    expect(runModule(importing!, snippets, require)).toEqual({ b: 2 });
    expect(() => runModule({ ...importing!, where: 'third.md:1' }, snippets, require)).toThrow("'./a'");
  });

  test('belong to Pulumi, like those that import it', () => {
    const code = (from: string) => at(`import * as p from '${from}';`);
    expect([other!, code('@pulumi/pulumi'), code('cdk8s-llm-d/pulumi'), code('cdk8s-llm-d')].map(isPulumi)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
