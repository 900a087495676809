import { isPulumi, projectSnippets, runSnippet, synthesizes, typeErrors } from './support/snippets';

const snippets = projectSnippets();

test('README.md has snippets, of which one synthesizes', () => {
  expect(snippets.filter(({ where }) => where.startsWith('README.md')).filter(synthesizes)).not.toEqual([]);
});

test('all snippets compile', () => {
  expect(typeErrors(snippets)).toEqual([]);
}, 60_000);

// Those for Pulumi run in test/pulumi/docs.test.ts.
test.each(snippets.filter((snippet) => !isPulumi(snippet)))('$where runs', (snippet) => {
  const yaml = Object.values(runSnippet(snippet, require)).filter((text) => text.includes('kind:'));
  expect(yaml.length > 0).toBe(synthesizes(snippet));
});
