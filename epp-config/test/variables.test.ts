import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRouterVariables, type RouterVariableName, routerVariablePrefix, routerVariableProblem, routerVariables } from '../src';

const codesOf = (env: Record<string, string | undefined>) => checkRouterVariables(env).issues.map(({ code, path }) => `${code} ${path}`);

test('every variable begins alike, and has a default that it takes', () => {
  for (const [name, kind] of Object.entries(routerVariables)) {
    expect(name.startsWith(routerVariablePrefix)).toBe(true);
    const fallback = 'words' in kind ? kind.words[0] : 'leastBytes' in kind ? kind.fallbackBytes : String(kind.fallback);
    expect(routerVariableProblem(name as RouterVariableName, fallback)).toBeUndefined();
    expect(routerVariableProblem(name as RouterVariableName, ' ')).toBeUndefined();
  }
});

test('the page of the router has all of them and no other', () => {
  const page = readFileSync(join(__dirname, '../../router/README.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(LLM_D_EPP_\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(Object.keys(routerVariables).sort());
});

test('a name that is none is a warning with the one that was meant, whatever its value', () => {
  expect(checkRouterVariables({ LLM_D_EPP_ADMIN_PROT: 'x', PATH: 'y' }).issues).toEqual([
    {
      code: 'EPP094',
      severity: 'warning',
      path: 'LLM_D_EPP_ADMIN_PROT',
      message: 'LLM_D_EPP_ADMIN_PROT is no variable of this router and has no effect, did you mean "LLM_D_EPP_ADMIN_PORT"?',
    },
  ]);
  expect(codesOf({ LLM_D_EPP_toString: '1' })).toEqual(['EPP094 LLM_D_EPP_toString']);
});

test.each([
  ['LLM_D_EPP_ECHO_HEADERS', 'All', 'write "all" or "changed"'],
  ['LLM_D_EPP_CONFIG_RELOAD', 'yes', 'write "true" or "false"'],
  ['LLM_D_EPP_ADMIN_PORT', '65536', 'write a whole number from 0 to 65535'],
  ['LLM_D_EPP_EXPLAIN_DECISIONS', '1e3', 'write a whole number from 0 to 10000'],
  ['LLM_D_EPP_PREFIX_INDEX_BYTES', '1', 'write a size of at least 1048576 bytes, such as 512Mi'],
  ['LLM_D_EPP_MAX_BUFFERED_BYTES', 'plenty', 'write a size of at least 1 bytes'],
])('a value that cannot be read is an error: %s=%s', (name, value, told) => {
  const { issues } = checkRouterVariables({ [name]: value });
  expect(issues).toHaveLength(1);
  expect(issues[0]).toMatchObject({ code: 'EPP095', severity: 'error', path: name });
  expect(issues[0]?.message).toContain(`${name} is ${JSON.stringify(value)}, ${told}`);
});

test('good values, spaces around them and no value are fine', () => {
  expect(codesOf({ LLM_D_EPP_ADMIN_PORT: ' 0 ', LLM_D_EPP_MAX_BUFFERED_BYTES: '2Gi', LLM_D_EPP_ADMIN_HOST: '::1' })).toEqual([]);
  expect(codesOf({ LLM_D_EPP_PREFIX_MATCH: undefined, LLM_D_EPP_SUBSET_PORTS: '' })).toEqual([]);
});
