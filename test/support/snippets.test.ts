import { runSnippet, snippetsOf, synthesizes, typeErrors } from './snippets';

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
