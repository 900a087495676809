import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, parseConfigText } from '../../src/config/load-config';

const parse = (text: string) => parseConfigText(text, 'config.yaml', {});

describe('configuration text', () => {
  test('that is empty stands for the built-in configuration', () => {
    const { effective } = loadConfig('', '', {});
    expect(effective.schedulingProfiles.map((profile) => profile.name)).toEqual(['default']);
    expect(effective.plugins.map((plugin) => plugin.type)).toContain('approx-prefix-cache-producer');
  });

  test('is YAML or JSON', () => {
    const json = JSON.stringify({ apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins: [{ type: 'queue-scorer' }] });
    expect(parse(json).effective.plugins[0]?.name).toBe('queue-scorer');
  });

  test('may leave out what it is, with a warning', () => {
    const { effective, warnings } = parse('plugins:\n- type: random-picker');
    expect(effective.plugins[0]?.type).toBe('random-picker');
    expect(warnings).toEqual(['config.yaml has no apiVersion, add it', 'config.yaml has no kind, add it']);
    expect(parse('apiVersion: ""\nkind: null\nplugins:\n- type: random-picker').warnings).toEqual(warnings);
    expect(() => parse('kind: Pod\nplugins:\n- type: random-picker')).toThrow('kind');
  });

  test('with token-load-scorer alone starts, other than upstream', () => {
    const text = 'apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins:\n- type: token-load-scorer';
    expect(parse(text).effective.producerOrder).toContain('inflight-load-producer');
  });

  test.each([
    ['plugins: [', 'config.yaml is no YAML'],
    ['kind: A\nkind: B', 'config.yaml is no YAML'],
    ['apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins:\n- type: queue-scorrer', 'did you mean "queue-scorer"?'],
    ['just text', 'config.yaml is not usable'],
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(ConfigError);
    expect(() => parse(text)).toThrow(message);
  });

  test('with an alias bomb is refused', () => {
    const levels = Array.from({ length: 20 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}, *a${i - 1}`}]`);
    expect(() => parse(levels.join('\n'))).toThrow(ConfigError);
  });

  test('that can not be read names the file', () => {
    expect(() => loadConfig('/does/not/exist.yaml', '', {})).toThrow('--config-file /does/not/exist.yaml can not be read');
  });

  test('comes from the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'llm-d-epp-')), 'config.yaml');
    writeFileSync(file, 'apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins:\n- type: random-picker\n');
    expect(loadConfig(file, '', {}).effective.schedulingProfiles[0]?.picker).toBe('random-picker');
  });
});

const samples = process.env.EPP_CONFIG_DIR;
if (samples === undefined) console.warn('EPP_CONFIG_DIR is not set: configurations of the field are not loaded');
(samples === undefined ? describe.skip : describe)('configurations of the field', () => {
  const files = samples === undefined ? [] : readdirSync(samples).filter((file) => file.endsWith('.yaml'));
  test.each(files)('%s loads', (file) => {
    expect(() => parseConfigText(readFileSync(join(samples as string, file), 'utf8'), file, { allowExperimental: true })).not.toThrow();
  });
});
