import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagCatalog } from 'llm-d-epp-config';

const ROUTER = join(__dirname, '..');
const readme = readFileSync(join(ROUTER, 'README.md'), 'utf8');

/** Variables of our own that a text names. */
const variables = (text: string): string[] => [...new Set(text.match(/\bLLM_D_EPP_[A-Z_]*[A-Z]\b/g))].sort();

test('names every variable that the sources read, and no other', () => {
  const files = readdirSync(join(ROUTER, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => readFileSync(join(ROUTER, 'src', name), 'utf8')).join('\n');
  expect(variables(sources).length).toBeGreaterThan(5);
  expect(variables(readme)).toEqual(variables(sources));
});

test('names only flags that exist', () => {
  const known = new Set(flagCatalog.map(({ name }) => name));
  const named = [...readme.matchAll(/`--([a-z][a-z-]*[a-z])(?=[`=])/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(10);
  // Of the benchmark, and of the command for the image.
  const others = new Set(['help', 'seconds', 'passes', 'builder', 'build-arg', 'dry-run', 'load', 'registry', 'plugin']);
  expect(named.filter((name) => !known.has(name) && !others.has(name))).toEqual([]);
});
