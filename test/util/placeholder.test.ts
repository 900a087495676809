import { App } from 'cdk8s';
import { checkLabels, checkNamespace, checkReference, labelValue, objectName } from '../../lib/util/dns';
import {
  derivedPlaceholder,
  hasPlaceholder,
  hasPlaceholderRemains,
  isDerived,
  placeholder,
  splitPlaceholders,
} from '../../lib/util/placeholder';
import { Image } from '../../lib/values/image';
import { ImageRegistry } from '../../lib/values/image-registry';

const value = { a: 'value' };
const token = placeholder(value);

test('one value has one placeholder, two values have two', () => {
  expect(placeholder(value)).toBe(token);
  expect(placeholder({ a: 'value' })).not.toBe(token);
});

test('placeholders are of one length, so that limits on names do not depend on how many were made before', () => {
  const lengths = Array.from({ length: 1500 }, () => placeholder({}).length);
  expect(new Set(lengths)).toEqual(new Set([token.length]));
});

test('a placeholder is a legal name, namespace, label and reference', () => {
  expect(objectName([token])).toBe(token);
  expect(objectName(['my', token, 'router'])).toBe(`my-${token}-router`);
  expect(() => checkNamespace('namespace', token)).not.toThrow();
  expect(() => checkReference('secret', `${token}.x`)).not.toThrow();
  expect(() => checkLabels({ team: token, owner: `of-${token}` })).not.toThrow();
});

test.each([
  ['alone', token, [{ value }]],
  ['in front', `${token}/x`, [{ value }, '/x']],
  ['behind', `x${token}`, ['x', { value }]],
  ['twice, without anything between', `${token}${token}`, [{ value }, { value }]],
  ['before letters that could belong to it', `${token}0a`, [{ value }, '0a']],
  ['nowhere', 'llmdoutput', ['llmdoutput']],
  ['in no text', '', []],
])('a text with a placeholder %s is taken apart', (_, text, parts) => {
  expect(splitPlaceholders(text)).toEqual(parts);
  expect(hasPlaceholder(text)).toBe(parts.some((part) => typeof part !== 'string'));
});

test.each([
  ['shortened at its end', token.slice(0, -1)],
  ['shortened within its mark', `name-${token.slice(0, 6)}`],
  ['in upper case', token.toUpperCase()],
  ['of another process', `${token.slice(0, -4)}${token.endsWith('zzzz') ? '0000' : 'zzzz'}`],
  ['beside a whole one', `${token}-${token.slice(2)}-${token.slice(0, 12)}`],
])('a placeholder %s leaves remains', (_, text) => {
  expect(hasPlaceholderRemains(text)).toBe(true);
});

test.each([token, `a-${token}-b`, 'llmd', 'my-llm-d', 'llmdo-not-at-the-end', ''])('"%s" holds no remains', (text) => {
  expect(hasPlaceholderRemains(text)).toBe(false);
});

test('a derived placeholder keeps text and derivation, and is made once for each of them', () => {
  const upper = (text: string) => text.toUpperCase();
  const derived = derivedPlaceholder('upper', `x ${token}`, upper);
  expect(derivedPlaceholder('upper', `x ${token}`, upper)).toBe(derived);
  expect(derivedPlaceholder('lower', `x ${token}`, upper)).not.toBe(derived);
  const [part] = splitPlaceholders(derived) as [{ value: unknown }];
  expect(isDerived(part.value) && [part.value.text, part.value.derive('x')]).toEqual([`x ${token}`, 'X']);
  expect(isDerived(value)).toBe(false);
});

test('the label value of a text that is not known yet is made when it is', () => {
  const label = labelValue(`Qwen/${token}`);
  const [part] = splitPlaceholders(label) as [{ value: unknown }];
  expect(isDerived(part.value) && part.value.derive('Qwen/Qwen3 32B')).toBe('Qwen-Qwen3-32B');
});

test('a second copy of this module knows the same placeholders', () => {
  jest.isolateModules(() => {
    const copy = require('../../lib/util/placeholder') as typeof import('../../lib/util/placeholder');
    expect(copy.splitPlaceholders).not.toBe(splitPlaceholders);
    expect(copy.splitPlaceholders(token)).toEqual([{ value }]);
    expect(copy.isDerived((copy.splitPlaceholders(derivedPlaceholder('x', token, String)) as [{ value: unknown }])[0].value)).toBe(true);
  });
});

describe('an image reference', () => {
  test.each([
    ['that is not known', token, { isFloating: false, lacksRegistry: false }],
    [
      'whose digest is not known',
      `registry.example.com/a/b@${token}`,
      { isFloating: false, lacksRegistry: false, registry: 'registry.example.com' },
    ],
    ['whose digest is known in part', `registry.example.com/a/b@sha256:${token}`, { isFloating: false }],
    ['whose tag is not known', `registry.example.com/a/b:${token}`, { isFloating: false, lacksRegistry: false }],
    ['whose registry is not known', `${token}/a/b:v1`, { isFloating: false, lacksRegistry: false, registry: token, repository: 'a/b' }],
    ['whose registry is not known and whose tag moves', `${token}/a/b:latest`, { isFloating: true }],
    ['whose registry is not known and that has no tag', `${token}/a/b`, { isFloating: true }],
    ['whose port is known', `${token}:5000/a:v1`, { registry: `${token}:5000`, lacksRegistry: false }],
    ['without registry whose tag is not known', `a/b:${token}`, { isFloating: false, lacksRegistry: true }],
    ['without anything unknown', 'a/b', { isFloating: true, lacksRegistry: true }],
  ])('%s passes', (_, reference, facts) => {
    const image = Image.parse(reference);
    expect(image).toMatchObject(facts);
    expect(image.toString()).toBe(reference);
  });

  test('with a placeholder is checked in its other parts', () => {
    expect(() => Image.parse(`${token}/Upper:v1`)).toThrow('LLMD540');
    expect(() => Image.parse(`a@${token}@sha256:x`)).toThrow('LLMD540');
  });
});

test.each([token, `${token}/llm`, `registry.example.com/${token}`, `${token}:5000`])('"%s" is a registry', (registry) => {
  const app = new App();
  ImageRegistry.applyTo(app, registry);
  expect(ImageRegistry.of(app)).toBe(registry);
});
