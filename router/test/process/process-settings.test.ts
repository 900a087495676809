import { processSettings } from '../../src/process/process-settings';

const defaults = { adminPort: 9091, adminPortWanted: false, adminHost: '127.0.0.1', explainDecisions: 100, reloadConfig: true };

test('the defaults: the admin port is on loopback, changed files are taken', () => {
  expect(processSettings({})).toEqual(defaults);
  const empty = { LLM_D_EPP_ADMIN_PORT: '', LLM_D_EPP_ADMIN_HOST: '', LLM_D_EPP_EXPLAIN_DECISIONS: '', LLM_D_EPP_CONFIG_RELOAD: '' };
  expect(processSettings(empty)).toEqual(defaults);
});

test('each can be set', () => {
  const env = {
    LLM_D_EPP_ADMIN_PORT: '0',
    LLM_D_EPP_ADMIN_HOST: '::',
    LLM_D_EPP_EXPLAIN_DECISIONS: '10000',
    LLM_D_EPP_CONFIG_RELOAD: 'false',
  };
  expect(processSettings(env)).toEqual({
    adminPort: 0,
    adminPortWanted: true,
    adminHost: '::',
    explainDecisions: 10_000,
    reloadConfig: false,
  });
});

test.each([
  ['LLM_D_EPP_ADMIN_PORT', '65536', 'from 0 to 65535'],
  ['LLM_D_EPP_ADMIN_PORT', '-1', 'from 0 to 65535'],
  ['LLM_D_EPP_ADMIN_PORT', '9e3', 'from 0 to 65535'],
  ['LLM_D_EPP_EXPLAIN_DECISIONS', '10001', 'from 0 to 10000'],
  ['LLM_D_EPP_CONFIG_RELOAD', 'yes', 'write "true" or "false"'],
])('%s=%s is refused', (name, value, message) => {
  expect(() => processSettings({ [name]: value })).toThrow(`${name} is "${value}"`);
  expect(() => processSettings({ [name]: value })).toThrow(message);
});
