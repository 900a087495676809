import { parseIgnoreFile } from '../../../src/image/ignore-file';

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', ['a', 'a/b'], []],
  ['*\n!image', ['image', 'image/app/main.js'], ['a', 'src/a', 'images/x']],
  ['# *\n\n  \na', ['b', '# *'], ['a', 'a/b']],
  ['*.md\n!README.md', ['README.md', 'docs/x.md'], ['x.md']],
  ['**/*.md', ['x.txt'], ['x.md', 'a/b/x.md']],
  ['a/**/z', ['a', 'z'], ['a/z', 'a/b/c/z']],
  ['/a/./b//c/../d/', ['a/b/c', 'a/b'], ['a/b/d', 'a/b/d/e']],
  ['a?c', ['a/c', 'ac'], ['abc']],
  ['[a-c]x', ['dx'], ['ax', 'cx']],
  ['\\*', ['a'], ['*']],
  ['a.b', ['axb'], ['a.b']],
  ['*\r\n!ä\r\n', ['ä', 'ä/b'], ['a']],
  ['*\n!a\na/b', ['a/c'], ['a/b', 'a/b/c', 'd']],
  ['\uFEFFa', ['b'], ['a']],
];

test.each(cases)('%j', (text, seen, ignored) => {
  const filter = parseIgnoreFile(text);
  expect(seen.filter((path) => !filter.lets(path))).toEqual([]);
  expect(ignored.filter((path) => filter.lets(path))).toEqual([]);
});

test('says which folders need not be looked into', () => {
  const filter = parseIgnoreFile('*\n!image\n!a/b/c\n!x/*/z');
  const folders = ['image', 'image/app', 'a', 'a/b', 'a/b/c/d', 'x', 'x/y', 'src', 'a/c', 'node_modules', 'imag'];
  expect(folders.filter((folder) => filter.mayHold(folder))).toEqual(['image', 'image/app', 'a', 'a/b', 'a/b/c/d', 'x', 'x/y']);
});
