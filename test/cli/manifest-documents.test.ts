import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { imageDocuments } from '../../lib/cli/manifest-documents';

const { parseAllDocuments, stringify } = createRequire(require.resolve('cdk8s'))('yaml') as typeof import('yaml');
const whole = (text: string) => parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as unknown);

test('only documents that hold the word are read, and those in JSON', () => {
  const text = ['a: [', 'image: a', '# comment', '- "\\x69mage"', 'b: c: d', '{"a": "b"}'].join('\n---\n');
  expect(imageDocuments(text)).toEqual([{ image: 'a' }, ['image'], { a: 'b' }]);
});

test.each([
  ['JSON', '{"image":"a","yes":"no"}\n---\n{ "image": "b" }\n'],
  ['JSON with quotes and colons in its texts', '{"image\\"": "\\\\", "b" : ["\\":", {"image": {}}, {"image": null}]}'],
  ['JSON behind a comment and with one', '# x\n--- {"image":"a"}\n--- # y\n{"image":"b"} # z\n...\n---\n{image: c}'],
  ['no dashes at the begin of a line', 'image: a\nb: |\n  ---\n  image: c\nd: ---x\n---d: e\n'],
  ['dashes that end a text', 'image: |\n  a\n---\nimage: b\n--- |\nimage\n--- image\n---\timage\n---'],
  ['lines that end as on Windows', 'image: a\r\n---\r\nimage: b\r\n'],
  ['dots', 'image: a\n...\nimage: b\n... # x\n---\nimage: c\n'],
  ['directives', '%YAML 1.1\n---\nimage: yes\n...\n%TAG ! tag:yaml.org,2002:\n---\nimage: !str 1\n'],
  ['anchors, also of the same name in another document', 'a: &a {image: x}\nb: *a\nc: {<<: *a}\n---\na: &a {image: y}\nb: *a\n'],
  ['dashes before a space that is none in YAML', 'image: a\n---\u00A0b: c\n---\uFEFF: d\n'],
  ['a line separator that is none', 'image: "a\u2028---\u2028"\n'],
])('%s: the same as of the whole text', (_, text) => {
  expect(imageDocuments(text)).toEqual(whole(text));
});

test('any documents in a row, in YAML or JSON, are what they are alone', () => {
  const value = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constantFrom('image', '---', '\n---\n', '\\'), fc.integer()));
  const document = fc.tuple(value, fc.boolean()).map(([fields, json]) => ({ fields: { ...fields, image: 'a' }, json }));
  fc.assert(
    fc.property(fc.array(document), (documents) => {
      const text = documents.map(({ fields, json }) => (json ? `${JSON.stringify(fields)}\n` : stringify(fields, { version: '1.1' })));
      expect(imageDocuments(text.join('---\n'))).toEqual(documents.map(({ fields }) => fields));
    }),
  );
});

test('a fault is named by its line in the whole text', () => {
  expect(() => imageDocuments('image: a\n---\nimage: b\n---\nimage: [\n')).toThrow(/line 6/);
});
