import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { App, type AppProps, Chart, Testing, YamlOutputType } from 'cdk8s';
import { IMAGE_MANIFEST, manifestText, recordImages } from '../../lib/router/image-manifest';
import { InferenceRouter } from '../../lib/router/inference-router';
import { RouterImage, type RouterImageAsset } from '../../lib/router/router-image';
import { ServingChart } from '../../lib/serving-chart';
import { setContribution } from '../../lib/validation/contribution';
import { writeFiles, writeStubPackage } from '../support/stub-router-package';
import { serversPlan } from './fixtures';

const home = process.cwd();
let folder: string;
beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  folder = mkdtempSync(join(tmpdir(), 'manifest-'));
  writeStubPackage(join(folder, 'router'));
  writeFiles(folder, { 'scorers/night-shift.js': 'export default 1;' });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const appOf = (props: AppProps = {}) => new App({ outdir: join(folder, 'dist'), ...props });
const manifestIn = (outdir = 'dist') => join(folder, outdir, IMAGE_MANIFEST);
const read = (outdir?: string) => JSON.parse(readFileSync(manifestIn(outdir), 'utf8'));
const references = () => read().images.map(({ reference }: RouterImageAsset) => reference);

/** A chart with a router. Each has a namespace of its own, so that names do not meet. */
function addRouter(app: App, image: RouterImage, imageRegistry = 'registry.example.com/llm'): ServingChart {
  const namespace = `llm-${app.node.children.length}`;
  const chart = new ServingChart(app, namespace, { imageRegistry, namespace });
  new InferenceRouter(chart, 'router', { servers: serversPlan({ path: 'elsewhere', namespace }), image });
  return chart;
}

/** A construct that names an image as a router of a second copy of the library would. */
function addForeign(app: App, id: string, asset: RouterImageAsset): void {
  const chart = new Chart(app, id);
  setContribution(chart, { router: { image: { asset } } as never });
}

test('lists the images of the app, byte for byte', () => {
  const app = appOf();
  const options = {
    plugins: ['scorers/night-shift.js'],
    buildArgs: { Z: '1', BASE: 'node:24' },
    target: 'files',
    platforms: ['linux/arm64'],
  };
  addRouter(app, RouterImage.fromPackage('router', options));
  const [{ hash }] = [RouterImage.fromPackage('router', options).resolve(app).asset as RouterImageAsset];
  app.synth();
  const tag = `1.2.3-${hash.slice(0, 12)}`;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(readFileSync(manifestIn(), 'utf8')).toBe(`{
  "apiVersion": "v1",
  "kind": "List",
  "items": [],
  "version": 1,
  "images": [
    {
      "reference": "registry.example.com/llm/llm-d-epp:${tag}",
      "repository": "llm-d-epp",
      "tag": "${tag}",
      "hash": "${hash}",
      "plugins": [
        "../scorers/night-shift.js"
      ],
      "packages": [
        {
          "name": "left-pad",
          "version": "1.3.0",
          "license": "WTFPL"
        }
      ],
      "buildArgs": {
        "BASE": "node:24",
        "Z": "1"
      },
      "target": "files",
      "platforms": [
        "linux/arm64"
      ]
    }
  ]
}
`);
});

test('each image once, in order, over all charts; others than ours are not listed', () => {
  const app = appOf();
  addRouter(app, RouterImage.fromPackage('router'), 'b.example.com');
  addRouter(app, RouterImage.fromPackage('router'), 'b.example.com');
  addRouter(app, RouterImage.fromPackage('router'), 'a.example.com');
  addRouter(app, RouterImage.upstream());
  addRouter(app, RouterImage.of('ghcr.io/acme/epp:3'));
  app.synth();
  const tag = RouterImage.fromPackage('router').resolve(app).asset?.tag;
  expect(references()).toEqual([`a.example.com/llm-d-epp:${tag}`, `b.example.com/llm-d-epp:${tag}`]);
});

test('says nothing of the packages in plugins where the package of the router does not', () => {
  writeFiles(folder, {
    'older/package.json': JSON.stringify({ name: 'llm-d-epp', version: '1.2.3', exports: { './image': './image.js' } }),
    'older/image.js':
      "exports.runImageCommand = async () => 0; exports.routerImageAsset = () => ({ tag: '1', hash: 'h', plugins: [{ name: 'night-shift', source: 'scorers/night-shift.js', path: '/a' }], buildArgs: {}, platforms: [] });",
  });
  const app = appOf();
  addRouter(app, RouterImage.fromPackage('older', { plugins: ['scorers/night-shift.js'] }));
  app.synth();
  expect(read().images[0]).toMatchObject({ plugins: ['../scorers/night-shift.js'] });
  expect(read().images[0]).not.toHaveProperty('packages');
});

test('the digest of a pushed image is no part of it', () => {
  const app = appOf();
  const tagged = `registry.example.com/llm/llm-d-epp:${RouterImage.fromPackage('router').resolve(app).asset?.tag}`;
  const digest = `sha256:${'ab'.repeat(32)}`;
  writeFiles(folder, { 'llm-d-images.lock.json': JSON.stringify({ version: 1, digests: { [tagged]: digest } }) });
  const chart = addRouter(app, RouterImage.fromPackage('router'));
  app.synth();
  expect(references()).toEqual([tagged]);
  expect(JSON.stringify(chart.toJson())).toContain(`${tagged}@${digest}`);
});

const layouts = [
  YamlOutputType.FILE_PER_APP,
  YamlOutputType.FILE_PER_CHART,
  YamlOutputType.FILE_PER_RESOURCE,
  YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
];
test.each(layouts.map((type) => [YamlOutputType[type], type]))('stands in the output folder with %s', (_, yamlOutputType) => {
  const app = appOf({ yamlOutputType: yamlOutputType as YamlOutputType });
  addRouter(app, RouterImage.fromPackage('router'));
  app.synth();
  expect(references()).toHaveLength(1);
  expect(readdirSync(join(folder, 'dist')).length).toBeGreaterThan(1);
  expect(readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('is removed when no image of ours is left', () => {
  const before = appOf();
  addRouter(before, RouterImage.fromPackage('router'));
  before.synth();
  expect(existsSync(manifestIn())).toBe(true);
  const after = appOf();
  addRouter(after, RouterImage.upstream());
  after.synth();
  expect(existsSync(manifestIn())).toBe(false);
  before.synth();
  const empty = appOf();
  new ServingChart(empty, 'chart');
  empty.synth();
  expect(existsSync(manifestIn())).toBe(false);
});

test('a synth that fails writes none and keeps what is there', () => {
  const app = appOf();
  const chart = addRouter(app, RouterImage.fromPackage('router'));
  chart.node.addValidation({ validate: () => ['not today'] });
  expect(() => app.synth()).toThrow('not today');
  expect(existsSync(manifestIn())).toBe(false);
  writeFiles(folder, { [`dist/${IMAGE_MANIFEST}`]: 'old' });
  expect(() => app.synth()).toThrow('not today');
  expect(readFileSync(manifestIn(), 'utf8')).toBe('old');
});

test('nothing is written without app.synth()', () => {
  const app = appOf();
  const chart = addRouter(app, RouterImage.fromPackage('router'));
  Testing.synth(chart);
  chart.toJson();
  app.synthYaml();
  expect(existsSync(join(folder, 'dist'))).toBe(false);
});

test('an app of one’s own class keeps its synth, which runs once', () => {
  const calls: string[] = [];
  class OwnApp extends App {
    override synth(): void {
      calls.push('before');
      super.synth();
      calls.push(existsSync(join(this.outdir, IMAGE_MANIFEST)) ? 'manifest first' : 'yaml first');
    }
  }
  const app = new OwnApp({ outdir: join(folder, 'dist') });
  addRouter(app, RouterImage.fromPackage('router'));
  addRouter(app, RouterImage.fromPackage('router'));
  app.synth();
  expect(calls).toEqual(['before', 'yaml first']);
  expect(references()).toHaveLength(1);
  expect(Object.keys(app)).not.toContain('synth');
});

test('a root that cannot be synthesized to files is left alone', () => {
  const root = new Chart(undefined as never, 'alone');
  const before = Object.getOwnPropertyNames(root);
  recordImages(root);
  expect(Object.getOwnPropertyNames(root)).toEqual(before);
});

test('the images of a second copy of the library are listed too, and a thousand routers are one manifest', () => {
  const app = appOf();
  const { asset } = RouterImage.fromPackage('router').resolve(app);
  for (let index = 0; index < 1000; index++) {
    addForeign(app, `chart${index}`, { ...(asset as RouterImageAsset), reference: `r${index % 10}:1` });
  }
  recordImages(app);
  app.synth();
  expect(references()).toEqual(Array.from({ length: 10 }, (_, index) => `r${index}:1`));
});

describe('a Helm chart', () => {
  test('has it beside Chart.yaml, because Helm parses all of templates/', () => {
    mkdirSync(join(folder, 'dist/templates'), { recursive: true });
    writeFileSync(join(folder, 'dist/Chart.yaml'), 'name: x');
    const app = appOf({ outdir: join(folder, 'dist/templates') });
    addRouter(app, RouterImage.fromPackage('router', { plugins: ['scorers/night-shift.js'] }));
    app.synth();
    expect(existsSync(manifestIn('dist/templates'))).toBe(false);
    expect(read().images[0].plugins).toEqual(['../scorers/night-shift.js']);
  });

  test('is not what every folder called templates belongs to', () => {
    const app = appOf({ outdir: join(folder, 'dist/templates') });
    addRouter(app, RouterImage.fromPackage('router'));
    app.synth();
    expect(existsSync(manifestIn('dist/templates'))).toBe(true);
  });
});

describe('paths', () => {
  const image = (file: string): RouterImageAsset => ({
    reference: 'r:1',
    repository: 'r',
    tag: '1',
    hash: 'h',
    plugins: [{ name: 'a', path: '/a', file }],
    packages: [],
    buildArgs: {},
    target: undefined,
    platforms: [],
  });

  test('of Windows are written with forward slashes', () => {
    const text = manifestText('C:\\project\\dist', [image('C:\\project\\scorers\\a.ts')], win32);
    expect(JSON.parse(text).images[0].plugins).toEqual(['../scorers/a.ts']);
  });

  test('keep other alphabets, spaces and a backslash that is part of a name', () => {
    const text = manifestText('/project/dist', [image('/project/plug ins/nächte\\ 夜.ts')], posix);
    expect(JSON.parse(text).images[0].plugins).toEqual(['../plug ins/nächte\\ 夜.ts']);
  });
});
