import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEndpointPickerConfig } from 'llm-d-epp-config';
import { parse } from 'yaml';

const directory = process.env.EPP_CONFIG_DIR;
const files = directory === undefined ? [] : readdirSync(directory).filter((name) => name.endsWith('.yaml'));

if (directory === undefined) console.warn('EPP_CONFIG_DIR is not set: the configurations of the upstream guides are not tested');
const describeFiles = directory === undefined ? describe.skip : describe;

describeFiles('configurations of the upstream guides', () => {
  test('there are some', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  test.each(files)('%s is accepted', (name) => {
    const value: unknown = parse(readFileSync(join(directory!, name), 'utf8'));
    const { config, effective } = parseEndpointPickerConfig(value, { allowExperimental: true });
    expect(effective.profileHandler).not.toBe('');
    expect(parseEndpointPickerConfig(config, { allowExperimental: true }).config).toEqual(config);
  });

  test.each(files)('%s is accepted for v0.9.0, the version the guides pin', (name) => {
    const value: unknown = parse(readFileSync(join(directory!, name), 'utf8'));
    expect(() => parseEndpointPickerConfig(value, { version: 'v0.9.0' })).not.toThrow();
  });
});
