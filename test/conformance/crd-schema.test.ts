import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { validateAgainstCrds } from './crd-schema';
import { type KubeObject, readObjects, yamlFiles } from './manifests';

// Reading all CRDs and compiling one that embeds pods take seconds each, more on a busy machine.
const GOLDEN_TIMEOUT_MS = 60_000;

const goldenFolder = join(__dirname, '../golden');
const crdDir = process.env.CRD_DIR;
const goldenFiles = yamlFiles(goldenFolder);

if (!crdDir) console.warn('CRD_DIR is not set: the golden files are NOT checked against the schemas of the CRDs');
else if (goldenFiles.length === 0) console.warn(`no *.yaml in ${goldenFolder}: NOTHING is checked against the schemas of the CRDs`);

(crdDir ? describe : describe.skip)('golden files follow the CRDs', () => {
  test(
    'there are CRDs to check them against',
    () => {
      expect(validateAgainstCrds([], crdDir as string)).toEqual([]);
    },
    GOLDEN_TIMEOUT_MS,
  );
  for (const file of goldenFiles) {
    test(basename(file), () => expect(validateAgainstCrds(readObjects(file), crdDir as string)).toEqual([]), GOLDEN_TIMEOUT_MS);
  }
});

describe('the validator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-crds-'));
  beforeAll(() => {
    // In a subfolder and among other kinds, as in release archives.
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep', 'racks.yaml'), `apiVersion: v1\nkind: ConfigMap\n---\n${JSON.stringify(rackCrd())}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const findings = (spec: object, rest: object = {}): string[] => {
    const rack: KubeObject = { apiVersion: 'test.example/v1', kind: 'Rack', metadata: { name: 'a' }, spec: { size: 1, ...spec }, ...rest };
    return validateAgainstCrds([rack], folder);
  };

  test.each<[string, object]>([
    ['only what is required', {}],
    ['an integer where integer or string is wanted', { port: 8000 }],
    ['a string where integer or string is wanted', { port: 'http' }],
    ['null for a nullable field', { note: null }],
    ['anything below a field that preserves unknown fields', { open: { a: { b: [1] } } }],
    ['free names in a map', { limits: { 'nvidia.com/gpu': '8' } }],
    [
      'an embedded object with metadata that the schema does not mention',
      { object: { apiVersion: 'v1', kind: 'X', metadata: { labels: { a: 'b' } } } },
    ],
    ['a pattern with an inline flag of Go', { mode: 'ABORT' }],
    ['slots that differ in one of their keys', { slots: [{ name: 'a' }, { name: 'a', side: 'back' }] }],
    ['a required field that has a default', { slots: [{ name: 'a' }] }],
    ['one side of a choice', { choice: { left: 'x' } }],
  ])('accepts %s', (_, spec) => {
    expect(findings(spec)).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['an unknown field', { sise: 2 }, 'spec.sise: unknown field'],
    ['an unknown field in a list', { slots: [{ name: 'a', nme: 'b' }] }, 'spec.slots[0].nme: unknown field'],
    ['an unknown field where no fields are declared', { empty: { a: 1 } }, 'spec.empty.a: unknown field'],
    ['a missing field', { slots: [{}] }, 'spec.slots[0].name: required'],
    ['a wrong type', { size: '1' }, 'spec.size: must be integer'],
    ['a value outside of the enum', { slots: [{ name: 'a', side: 'top' }] }, 'spec.slots[0].side: must be one of front, back'],
    ['a boolean where integer or string is wanted', { port: true }, 'spec.port: must be integer,string'],
    ['a wrong value in a map', { limits: { 'nvidia.com/gpu': 8 } }, 'spec.limits.nvidia.com/gpu: must be string'],
    ['null for a field that is not nullable', { mode: null }, 'spec.mode: must be string'],
    ['a number beyond its format', { size: 2 ** 31 }, 'spec.size: must match format "int32"'],
    [
      'items that have the same keys, one by default',
      { slots: [{ name: 'a' }, { name: 'a', side: 'front' }] },
      'spec.slots: items must differ in name, side',
    ],
    ['the same item twice in a set', { tags: ['a', 'a'] }, 'must NOT have duplicate items'],
    ['an unknown field of embedded metadata', { object: { metadata: { label: {} } } }, 'spec.object.metadata.label: unknown field'],
    ['both sides of a choice', { choice: { left: 'x', right: 'y' } }, 'spec.choice: must match exactly one schema in oneOf'],
  ])('refuses %s', (_, spec, message) => {
    expect(findings(spec).join('\n')).toContain(message);
  });

  test('says which object is meant', () => {
    expect(findings({ sise: 2 })).toEqual(['Rack a: spec.sise: unknown field']);
  });

  test('knows the fields of metadata, and the limits that a CRD adds', () => {
    expect(findings({}, { metadata: { name: 'a', label: {} } })).toEqual(['Rack a: metadata.label: unknown field']);
    expect(findings({}, { metadata: { name: 'toolong' } })).toEqual(['Rack toolong: metadata.name: must NOT have more than 5 characters']);
  });

  test('leaves the object as it was', () => {
    const rack = { apiVersion: 'test.example/v1', kind: 'Rack', metadata: { name: 'a' }, spec: { size: 1, slots: [{ name: 'a' }] } };
    const before = structuredClone(rack);
    validateAgainstCrds([rack], folder);
    expect(rack).toEqual(before);
  });

  test('passes over built-in kinds but not over custom kinds without a CRD', () => {
    expect(
      validateAgainstCrds(
        [
          { apiVersion: 'v1', kind: 'Service' },
          { apiVersion: 'apps/v1', kind: 'Deployment' },
        ],
        folder,
      ),
    ).toEqual([]);
    const unserved = { apiVersion: 'test.example/v1alpha1', kind: 'Rack', metadata: { name: 'a', namespace: 'b' } };
    expect(validateAgainstCrds([unserved], folder)).toEqual([`Rack b/a: no CRD serves test.example/v1alpha1 Rack below '${folder}'`]);
  });

  test('fails when there are no CRDs at all', () => {
    expect(() => validateAgainstCrds([], join(folder, 'nowhere'))).toThrow('no CustomResourceDefinition');
  });
});

function rackCrd(): object {
  const name = { type: 'string' };
  const slot = {
    type: 'object',
    required: ['name', 'side'],
    properties: { name, side: { type: 'string', enum: ['front', 'back'], default: 'front' } },
  };
  const properties = {
    size: { type: 'integer', format: 'int32', minimum: 1 },
    port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    note: { type: 'string', nullable: true },
    mode: { type: 'string', pattern: '^(?i)(abort|warn)?$' },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    empty: { type: 'object' },
    limits: { type: 'object', additionalProperties: { type: 'string' } },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    slots: { type: 'array', items: slot, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name', 'side'] },
    object: { type: 'object', 'x-kubernetes-embedded-resource': true },
    choice: { type: 'object', properties: { left: name, right: name }, oneOf: [{ required: ['left'] }, { required: ['right'] }] },
  };
  const spec = { type: 'object', required: ['size'], properties };
  const metadata = { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } };
  const openAPIV3Schema = { type: 'object', required: ['spec'], properties: { metadata, spec, status: { type: 'object' } } };
  const versions = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } },
    { name: 'v1alpha1', served: false, storage: false, schema: { openAPIV3Schema } },
  ];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'racks.test.example' },
    spec: { group: 'test.example', scope: 'Namespaced', names: { plural: 'racks', kind: 'Rack' }, versions },
  };
}
