import type { EnvVar } from '../../lib/manifests/pod';
import { RouterImage } from '../../lib/router/router-image';
import { variableFindings } from '../../lib/router/router-variables';
import { placeholder } from '../../lib/util/placeholder';
import { routerOf } from './fixtures';

const path = 'Chart/Router';
const told = (env: readonly EnvVar[], upstream = false) =>
  variableFindings({ path, image: { ...routerOf().router.plan.image, upstream } }, env).map(({ code, message }) => `${code} ${message}`);

test('a misspelt variable is a warning with the one that was meant', () => {
  expect(told([{ name: 'LLM_D_EPP_ECHO_HEADER', value: 'changed' }])).toEqual([
    'LLMD560 environment of the router: LLM_D_EPP_ECHO_HEADER is no variable of this router and has no effect, did you mean "LLM_D_EPP_ECHO_HEADERS"?; correct or remove it in `env`',
  ]);
});

test('a value that the router cannot read is an error', () => {
  expect(told([{ name: 'LLM_D_EPP_ADMIN_PORT', value: 'none' }])).toEqual([
    'LLMD561 the router cannot read its environment: LLM_D_EPP_ADMIN_PORT is "none", write a whole number from 0 to 65535; change it in `env`',
  ]);
  // From JSON, where nothing says that a value is text.
  expect(told([{ name: 'LLM_D_EPP_ADMIN_PORT', value: 70_000 as unknown as string }])).toHaveLength(1);
});

test('what is good, of others, or known only later is passed over', () => {
  expect(
    told([
      { name: 'LLM_D_EPP_ECHO_HEADERS', value: 'changed' },
      { name: 'LLM_D_EPP_ADMIN_PORT', value: 0 as unknown as string },
      { name: 'GODEBUG', value: 'x' },
      { name: 'LLM_D_EPP_PREFIX_MATCH', value: '$(MODE)' },
      { name: 'LLM_D_EPP_SUBSET_PORTS', value: placeholder({ known: 'later' }) },
      { name: 'LLM_D_EPP_ADMITTER_STATUS', valueFrom: { configMapKeyRef: { name: 'settings', key: 'status' } } },
    ]),
  ).toEqual([]);
});

test('a name is wrong wherever its value comes from', () => {
  expect(told([{ name: 'LLM_D_EPP_NOTHING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'x' } } }])).toHaveLength(1);
});

test('upstream reads none of them', () => {
  expect(told([{ name: 'LLM_D_EPP_ECHO_HEADERS', value: 'All' }], true)).toEqual([
    "LLMD560 environment of the router: LLM_D_EPP_ECHO_HEADERS is read by the router of this project only, and this one is upstream's; correct or remove it in `env`",
  ]);
  expect(told([{ name: 'GODEBUG', value: 'x' }], true)).toEqual([]);
});

test('a router tells what is wrong in its own environment and in what its sidecars ask for', () => {
  const image = RouterImage.of('registry.example.com/llm-d-epp:1');
  const env = [{ name: 'LLM_D_EPP_ADMIN_PORT', value: 'none' }];
  const sidecars = [{ routerEnv: [{ name: 'LLM_D_EPP_ADMIN', value: '1' }] }];
  const { router } = routerOf({ image, sidecars });
  expect(router.findings.map(({ code, path: at }) => [code, at])).toEqual([['LLMD560', path]]);
  expect(() => routerOf({ image, env })).toThrow(`[${path}] LLMD561 the router cannot read its environment`);
});
