import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { isSpdxExpression, purlOfImage, purlOfPackage } from '../../lib/cli/bill-of-materials';
import { Image } from '../../lib/values/image';
import { runCli } from '../support/cli';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const TIME = '2026-06-30T12:00:00Z';
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bill-'));
  put('dist/a.yaml', pod('nginx', `ghcr.io/llm-d/x:v1@${DIGEST}`, 'registry:5000/team/llm-d-epp:1.2.3-0123456789ab'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function pod(...images: string[]): string {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'llm' }, spec: { containers } });
}

const PACKAGES = [
  { name: 'yaml', version: '2.9.1', license: 'ISC' },
  { name: '@scope/zeromq', version: '6.0.0-beta.1+x', license: 'MIT AND MPL-2.0' },
  { name: 'secret', version: '1.0.0', license: 'SEE LICENSE IN LICENSE.txt' },
];

/** A router package as the working folder sees it. */
function installRouter(version = '1.2.3', imagePackages = `() => (${JSON.stringify(PACKAGES)})`): void {
  put('node_modules/llm-d-epp/package.json', JSON.stringify({ name: 'llm-d-epp', version, exports: { './image': './image.js' } }));
  put(
    'node_modules/llm-d-epp/image.js',
    `exports.routerImageAsset = () => ({ version: '${version}', tag: '${version}-0123456789ab' }); exports.runImageCommand = async () => 0; exports.imagePackages = ${imagePackages};`,
  );
}

const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => runCli(['images', ...argv], { cwd: folder, env });

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of two formats
const bill = async (format: string, argv: readonly string[] = [], env = {}): Promise<any> =>
  JSON.parse((await run(['--sbom', format, ...argv], env)).out);

function cycloneDxProblems(document: unknown): unknown {
  const schemas = dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json'));
  const read = (name: string) => JSON.parse(readFileSync(join(schemas, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  // Formats of international texts, which ajv does not know: ours are plain.
  ajv.addFormat('iri-reference', /^\S+$/);
  ajv.addFormat('idn-email', /@/);
  ajv.addSchema(read('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  ajv.addSchema(read('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
  const validate = ajv.compile(read('bom-1.6'));
  return validate(document) ? [] : validate.errors;
}

/** What SPDX 2.3 (clauses 6, 7, 11) asks of a document, as far as we write it. */
function spdxProblems(document: Awaited<ReturnType<typeof bill>>): string[] {
  const problems: string[] = [];
  const must = (right: boolean, what: string) => problems.push(...(right ? [] : [what]));
  must(document.spdxVersion === 'SPDX-2.3' && document.dataLicense === 'CC0-1.0', 'version or licence of the data');
  must(document.SPDXID === 'SPDXRef-DOCUMENT' && typeof document.name === 'string', 'identifier or name');
  must(/^https:\/\/[^#\s]+$/.test(document.documentNamespace), 'namespace: a URI without a fragment');
  must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(document.creationInfo.created), 'time');
  must(
    document.creationInfo.creators.every((text: string) => /^(Tool|Person|Organization): \S+/.test(text)),
    'creators',
  );
  const ids: string[] = document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
  must(new Set(ids).size === ids.length && ids.every((id) => /^SPDXRef-[a-zA-Z0-9.-]+$/.test(id)), 'identifiers of packages');
  for (const one of document.packages) {
    must(typeof one.name === 'string' && one.downloadLocation === 'NOASSERTION' && one.filesAnalyzed === false, `${one.name}: fields`);
    must(one.licenseDeclared === 'NOASSERTION' || isSpdxExpression(one.licenseDeclared), `${one.name}: licence`);
    must(['CONTAINER', 'LIBRARY'].includes(one.primaryPackagePurpose), `${one.name}: purpose`);
    for (const { algorithm, checksumValue } of one.checksums ?? []) {
      must(algorithm === 'SHA256' && /^[0-9a-f]{64}$/.test(checksumValue), `${one.name}: checksum`);
    }
    for (const { referenceCategory, referenceType, referenceLocator } of one.externalRefs) {
      must(
        referenceCategory === 'PACKAGE-MANAGER' && referenceType === 'purl' && /^pkg:\w+\/\S+$/.test(referenceLocator),
        `${one.name}: purl`,
      );
    }
  }
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of document.relationships) {
    must([document.SPDXID, ...ids].includes(spdxElementId) && ids.includes(relatedSpdxElement), 'ends of a relationship');
    must(['DESCRIBES', 'CONTAINS'].includes(relationshipType), 'type of a relationship');
  }
  return problems;
}

test.each([
  [`ghcr.io/llm-d/x:v1@${DIGEST}`, `pkg:oci/x@${DIGEST}?repository_url=ghcr.io/llm-d/x&tag=v1`],
  [`ghcr.io/llm-d/x@${DIGEST}`, `pkg:oci/x@${DIGEST}?repository_url=ghcr.io/llm-d/x`],
  ['nginx', 'pkg:oci/nginx?repository_url=docker.io/library/nginx'],
  ['registry:5000/a/b:v1', 'pkg:oci/b?repository_url=registry:5000/a/b&tag=v1'],
])('package URL of %s', (image, purl) => {
  expect(purlOfImage(Image.parse(image))).toBe(purl);
});

test('package URLs of npm packages', () => {
  expect(PACKAGES.map(purlOfPackage)).toEqual(['pkg:npm/yaml@2.9.1', 'pkg:npm/%40scope/zeromq@6.0.0-beta.1%2Bx', 'pkg:npm/secret@1.0.0']);
});

test.each([
  ['MIT', true],
  ['(MIT OR Apache-2.0) AND BSD-3-Clause', true],
  ['GPL-2.0-only WITH Classpath-exception-2.0', true],
  ['SEE LICENSE IN LICENSE.txt', false],
  ['UNLICENSED', false],
  ['MIT, ISC', false],
  ['', false],
])('licence "%s" is an expression: %p', (license, expected) => {
  expect(isSpdxExpression(license)).toBe(expected);
});

describe('CycloneDX', () => {
  test('keeps its schema and names images and what is in the router', async () => {
    installRouter();
    const document = await bill('cyclonedx', ['--timestamp', TIME]);
    expect(cycloneDxProblems(document)).toEqual([]);
    expect(document.metadata.timestamp).toBe(TIME);
    expect(document.components.map(({ purl }: { purl: string }) => purl)).toEqual([
      'pkg:oci/nginx?repository_url=docker.io/library/nginx',
      `pkg:oci/x@${DIGEST}?repository_url=ghcr.io/llm-d/x&tag=v1`,
      'pkg:oci/llm-d-epp?repository_url=registry:5000/team/llm-d-epp&tag=1.2.3-0123456789ab',
      'pkg:npm/%40scope/zeromq@6.0.0-beta.1%2Bx',
      'pkg:npm/secret@1.0.0',
      'pkg:npm/yaml@2.9.1',
    ]);
    const [, pinned, , scoped, named] = document.components;
    expect(pinned.hashes).toEqual([{ alg: 'SHA-256', content: 'ab'.repeat(32) }]);
    expect(pinned.properties).toEqual([{ name: 'cdk8s-llm-d:used-by', value: 'Pod llm/p c1 (spec.containers[1].image) in dist/a.yaml' }]);
    expect(scoped).toMatchObject({ group: '@scope', name: 'zeromq', licenses: [{ expression: 'MIT AND MPL-2.0' }] });
    expect(named.licenses).toEqual([{ license: { name: 'SEE LICENSE IN LICENSE.txt' } }]);
    const router = document.dependencies.find(({ ref }: { ref: string }) => ref.startsWith('pkg:oci/llm-d-epp'));
    expect(router.dependsOn).toEqual(document.components.slice(3).map(({ purl }: { purl: string }) => purl));
  });

  test('of nothing keeps its schema', async () => {
    put('dist/a.yaml', '');
    const document = await bill('cyclonedx');
    expect(cycloneDxProblems(document)).toEqual([]);
    expect(document.components).toEqual([]);
  });

  test('a document with a fault does not', () => {
    expect(cycloneDxProblems({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'box' }] })).not.toEqual([]);
  });
});

describe('SPDX', () => {
  test('keeps the specification and says what contains what', async () => {
    installRouter();
    const document = await bill('spdx', [], { SOURCE_DATE_EPOCH: '1782820800' });
    expect(spdxProblems(document)).toEqual([]);
    expect(document.creationInfo.created).toBe(TIME);
    expect(document.packages.map(({ name }: { name: string }) => name)).toEqual([
      'docker.io/library/nginx',
      'ghcr.io/llm-d/x',
      'registry:5000/team/llm-d-epp',
      '@scope/zeromq',
      'secret',
      'yaml',
    ]);
    const types = document.relationships.map(({ relationshipType }: { relationshipType: string }) => relationshipType);
    expect(types).toEqual(['DESCRIBES', 'DESCRIBES', 'DESCRIBES', 'CONTAINS', 'CONTAINS', 'CONTAINS']);
    expect(document.packages[4].licenseDeclared).toBe('NOASSERTION');
  });

  test('of nothing keeps the specification, without a time too', async () => {
    put('dist/a.yaml', '');
    const document = await bill('spdx');
    expect(spdxProblems(document)).toEqual([]);
    expect(document.creationInfo.created).toBe('1970-01-01T00:00:00Z');
  });
});

test.each(['cyclonedx', 'spdx'])('%s: the same list gives the same bytes, another list another identifier', async (format) => {
  const first = await run(['--sbom', format]);
  expect(await run(['--sbom', format, '-o', 'bill.json'])).toMatchObject({ code: 0, out: '' });
  expect(readFileSync(join(folder, 'bill.json'), 'utf8')).toBe(first.out);
  const identifier = (text: string) => /urn:uuid:[0-9a-f-]{36}|images-[0-9a-f-]{36}/.exec(text)?.[0];
  const later = await run(['--sbom', format, '--timestamp', TIME]);
  expect(later.out).not.toBe(first.out);
  expect(identifier(later.out)).toBe(identifier(first.out));
  put('dist/b.yaml', pod('other:1'));
  const other = identifier((await run(['--sbom', format])).out);
  expect(other).toBeDefined();
  expect(other).not.toBe(identifier(first.out));
});

test.each([
  [['--timestamp', 'yesterday'], {}],
  [['--timestamp', '2026-06-30'], {}],
  [['--timestamp', '2026-02-31T12:00:00Z'], {}],
  [[], { SOURCE_DATE_EPOCH: 'now' }],
  [[], { SOURCE_DATE_EPOCH: '999999999999' }],
])('a time that is none is refused: %j %j', async (argv, env) => {
  expect(await run(['--sbom', 'spdx', ...argv], env)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('LLMD585') });
});

test('--timestamp is taken before SOURCE_DATE_EPOCH, and an empty variable is none', async () => {
  expect((await bill('cyclonedx', ['--timestamp', TIME], { SOURCE_DATE_EPOCH: '0' })).metadata.timestamp).toBe(TIME);
  expect((await bill('cyclonedx', [], { SOURCE_DATE_EPOCH: '' })).metadata).not.toHaveProperty('timestamp');
});

describe("packages of the router's image are left out, with a note", () => {
  const noteOf = async () => {
    const { code, out, err } = await run(['--sbom', 'cyclonedx']);
    expect(code).toBe(0);
    expect(out).not.toContain('pkg:npm');
    return err;
  };
  test('where the package is not installed', async () => {
    put('dist/b.yaml', pod('registry:5000/team/llm-d-epp:1.2.4'));
    expect((await noteOf()).match(/left out: package llm-d-epp is not found/g)).toHaveLength(1);
  });
  test('where another version is installed', async () => {
    installRouter('9.9.9');
    expect(await noteOf()).toContain('its tag is 1.2.3-0123456789ab, and llm-d-epp here is 9.9.9');
  });
  test('where it does not list them', async () => {
    installRouter('1.2.3', 'undefined');
    expect(await noteOf()).toContain('llm-d-epp 1.2.3 does not list them');
  });
  test('where its context is not built', async () => {
    installRouter();
    put(
      'node_modules/llm-d-epp/image.js',
      "exports.runImageCommand = async () => 0; exports.routerImageAsset = () => { throw new Error('not built'); };",
    );
    expect(await noteOf()).toContain('left out: not built');
  });
  test('where the image is not in the list, without a note', async () => {
    put('dist/a.yaml', pod('nginx:1'));
    expect(await noteOf()).not.toContain('left out');
  });
});

describe('what the synth has recorded of plugins', () => {
  const plugged = (images: unknown) => {
    installRouter();
    put('dist/a.yaml', pod(`r:1/llm-d-epp:1.2.3-ba9876543210@${DIGEST}`));
    put('dist/llm-d-images.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [], version: 1, images }));
  };
  const packages = [
    { name: '@acme/tool', version: '2.0.0', license: 'MIT' },
    { name: 'bare', version: 'NOASSERTION', license: 'NOASSERTION' },
    { name: 'yaml', version: '2.9.1', license: 'ISC' },
  ];
  const expected = ['%40acme/tool@2.0.0', '%40scope/zeromq@6.0.0-beta.1%2Bx', 'bare', 'secret@1.0.0', 'yaml@2.9.1'];

  test('is listed below the image, beside what the router holds', async () => {
    plugged([
      { tag: '1.2.3-0000', packages: [{ name: 'other', version: '1.0.0', license: 'MIT' }] },
      { tag: '1.2.3-ba9876543210', packages },
    ]);
    const document = await bill('cyclonedx');
    expect(cycloneDxProblems(document)).toEqual([]);
    const [, image] = document.dependencies;
    expect(image.ref).toMatch(/^pkg:oci\/llm-d-epp@sha256:/);
    expect(image.dependsOn).toEqual(expected.map((name) => `pkg:npm/${name}`));
    // A scanner would take the word for a version.
    const bare = document.components.find(({ name }: { name: string }) => name === 'bare');
    expect(bare).toEqual({ type: 'library', 'bom-ref': 'pkg:npm/bare', name: 'bare', purl: 'pkg:npm/bare' });
    const other = await bill('spdx');
    expect(spdxProblems(other)).toEqual([]);
    const { versionInfo, licenseDeclared } = other.packages.find(({ name }: { name: string }) => name === 'bare');
    expect({ versionInfo, licenseDeclared }).toEqual({ versionInfo: undefined, licenseDeclared: 'NOASSERTION' });
    expect(other.packages.map(({ name }: { name: string }) => name)).toEqual([
      'r:1/llm-d-epp',
      ...['@acme/tool', '@scope/zeromq', 'bare', 'secret', 'yaml'],
    ]);
    expect(other.relationships.filter(({ relationshipType: type }: { relationshipType: string }) => type === 'CONTAINS')).toHaveLength(5);
    expect((await run(['--sbom', 'spdx'])).err).not.toContain('what plugins bring along');
  });

  test.each([
    ['another image', [{ tag: '1.2.3-0000', packages }]],
    ['nothing', [{ tag: '1.2.3-ba9876543210' }]],
    ['names alone', [{ tag: '1.2.3-ba9876543210', packages: ['acme', null] }]],
    ['no list', undefined],
  ])('says it of %s: then a note tells what is not listed', async (_, images) => {
    plugged(images);
    const { code, out, err } = await run(['--sbom', 'cyclonedx']);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('what plugins bring along is not listed') });
    expect(out).toContain('pkg:npm/yaml@2.9.1');
    expect(out).not.toContain('acme');
  });
});

test('of an image with plugins it is said that what they bring along is not listed, of a plain one nothing', async () => {
  installRouter();
  expect((await run(['--sbom', 'cyclonedx'])).err).not.toContain('what plugins bring along');
  put('dist/a.yaml', pod('r:1/llm-d-epp:1.2.3-ba9876543210'));
  const { code, out, err } = await run(['--sbom', 'cyclonedx']);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('what plugins bring along is not listed') });
  expect(out).toContain('pkg:npm');
});
