import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { RouterImage } from '../../lib/router/router-image';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { Scorer } from '../../lib/routing/scorer';
import { ImageRegistry } from '../../lib/values/image-registry';
import { Release } from '../../lib/values/release';
import { ROOT } from '../support/architecture/sources';
import { bundleProgram } from '../support/bundle';
import { writeFiles, writeStubPackage } from '../support/stub-router-package';
import { type Any, codeOf, parsedFile, routerOf } from './fixtures';

const home = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'from-package-'));
  writeStubPackage(join(folder, 'router'));
  writeFiles(folder, { 'scorers/night-shift.js': 'export default 1;', 'empty/x': '' });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

function scope(registry?: string): Chart {
  const chart = new Chart(new App(), 'Chart');
  if (registry !== undefined) {
    ImageRegistry.applyTo(chart, registry);
  }
  return chart;
}
const tagOf = (image: RouterImage) => image.resolve(scope()).asset?.tag;

describe('the reference', () => {
  test('is registry, repository and the tag of the content', () => {
    const image = RouterImage.fromPackage('router').resolve(scope('registry.example.com/llm'));
    expect(image.reference).toMatch(/^registry\.example\.com\/llm\/llm-d-epp:1\.2\.3-[0-9a-f]{12}$/);
    expect(image.reference).toBe(`registry.example.com/llm/llm-d-epp:1.2.3-${image.asset?.hash.slice(0, 12)}`);
    expect(image).toMatchObject({ registryMissing: false, floating: false, upstream: false, schemaVersion: 'v0.10.0' });
  });

  test('has the repository of the release', () => {
    const chart = scope('registry.example.com');
    const { router } = Release.LATEST.row;
    Release.LATEST.with({ router: { ...router, repository: 'team/epp' } }).applyTo(chart);
    const image = RouterImage.fromPackage('router').resolve(chart);
    expect(image.reference).toBe(`registry.example.com/team/epp:${image.asset?.tag}`);
    expect(image.asset?.repository).toBe('team/epp');
  });

  test('is the same in two folders, and another one for another context, plugin, argument, stage or platform', () => {
    cpSync(join(folder, 'router'), join(folder, 'elsewhere/deep/copy'), { recursive: true });
    writeFiles(folder, { 'elsewhere/scorers/night-shift.js': 'export default 1;' });
    const plugins = ['scorers/night-shift.js'];
    expect(tagOf(RouterImage.fromPackage('elsewhere/deep/copy', { plugins: ['elsewhere/scorers/night-shift.js'] }))).toBe(
      tagOf(RouterImage.fromPackage('router', { plugins })),
    );
    const tags = [
      tagOf(RouterImage.fromPackage('router')),
      tagOf(RouterImage.fromPackage('router', { plugins })),
      tagOf(RouterImage.fromPackage('router', { buildArgs: { BASE: 'node:24' } })),
      tagOf(RouterImage.fromPackage('router', { target: 'files' })),
      tagOf(RouterImage.fromPackage('router', { platforms: ['linux/arm64'] })),
    ];
    writeFiles(folder, { 'scorers/night-shift.js': 'export default 2;' });
    tags.push(tagOf(RouterImage.fromPackage('router', { plugins })));
    writeStubPackage(join(folder, 'router'), 'a changed file');
    tags.push(tagOf(RouterImage.fromPackage('router')));
    expect(new Set(tags).size).toBe(7);
  });

  test('is made when the image is used, from the working folder at the call', () => {
    const image = RouterImage.fromPackage('router', { plugins: ['scorers/night-shift.js'] });
    const before = tagOf(image);
    process.chdir('empty');
    expect(tagOf(image)).toBe(before);
    writeFiles(folder, { 'scorers/night-shift.js': 'export default 3;' });
    expect(tagOf(image)).not.toBe(before);
  });

  test('is one for all routers of an app, whatever happens to the files meanwhile', () => {
    const app = new App();
    const [first, second] = ['first', 'second'].map((id) => {
      const chart = new Chart(app, id);
      const { asset } = RouterImage.fromPackage('router', { plugins: ['scorers/night-shift.js'] }).resolve(chart);
      writeFiles(folder, { 'scorers/night-shift.js': 'export default 4;' });
      return asset?.tag;
    });
    expect(second).toBe(first);
  });

  test('is not changed by what the caller does to the options later', () => {
    const plugins = ['scorers/night-shift.js'];
    const image = RouterImage.fromPackage('router', { plugins });
    const before = tagOf(image);
    plugins.push('scorers/other.js');
    expect(tagOf(image)).toBe(before);
  });
});

describe('the package', () => {
  test('is found in the working folder, above it, and from inside of it', () => {
    writeStubPackage(join(folder, 'node_modules/llm-d-epp'), 'installed');
    const installed = tagOf(RouterImage.fromPackage());
    expect(installed).not.toBe(tagOf(RouterImage.fromPackage('router')));
    process.chdir('empty');
    expect(tagOf(RouterImage.fromPackage())).toBe(installed);
    expect(tagOf(RouterImage.fromPackage({}))).toBe(installed);
    expect(tagOf(RouterImage.fromPackage('../scorers'))).toBe(installed);
    process.chdir('../router');
    expect(tagOf(RouterImage.fromPackage())).toBe(tagOf(RouterImage.fromPackage('.')));
  });

  test('LLMD570: of a folder that is named, no other is taken', () => {
    expect(() => RouterImage.fromPackage('empty').resolve(scope())).toThrow(
      `LLMD570 package llm-d-epp is not found from "${folder}/empty"`,
    );
    expect(codeOf(() => RouterImage.fromPackage('not/there').resolve(scope()))).toBe('LLMD570');
  });

  test('LLMD571: one that cannot be loaded is an error', () => {
    writeStubPackage(join(folder, 'router'), 'context', 'throw new Error("half installed")');
    expect(() => RouterImage.fromPackage('router').resolve(scope())).toThrow(/LLMD571 .*router\/image\.js"\): half installed/);
  });

  test('LLMD572: one whose context is not built is an error in its own words', () => {
    rmSync(join(folder, 'router/context.txt'));
    expect(() => RouterImage.fromPackage('router').resolve(scope())).toThrow(
      'LLMD572 package llm-d-epp can make no such image: the context is not built',
    );
  });

  test('LLMD573: a plugin that is not there is an error that says where it was looked for', () => {
    const image = RouterImage.fromPackage('router', { plugins: ['scorers/night-shift.js', 'scorers/gone.ts'] });
    expect(() => image.resolve(scope())).toThrow(
      `LLMD573 plugin "scorers/gone.ts" is not there: paths of \`plugins\` start at the working folder, "${folder}"`,
    );
  });

  test('an error names the router that the image is for', () => {
    expect(() => routerOf({ image: RouterImage.fromPackage('empty') })).toThrow(/^LLMD570 \[Chart\/Router\]/);
  });
});

test.each([
  ['plugins that are no list', { plugins: 'scorers/night-shift.js' }],
  ['a plugin that is no text', { plugins: [3] }],
  ['an empty plugin', { plugins: [''] }],
  ['platforms that are no list', { platforms: 'linux/amd64' }],
  ['arguments in a list', { buildArgs: ['BASE=x'] }],
  ['an argument that is no text', { buildArgs: { BASE: 1 } }],
  ['an empty stage', { target: '' }],
  ['options that are a list', []],
  ['no object', 7],
  ['an empty folder', ''],
])('%s is refused at once', (_, options) => expect(codeOf(() => RouterImage.fromPackage(options as never))).toBe('LLMD107'));

describe('a router with plugins in its image', () => {
  const image = () => RouterImage.fromPackage('router', { plugins: ['scorers/night-shift.js'] });
  const config = ({ one }: { one: (kind: string, name?: string) => Any }) => parsedFile(one('ConfigMap', 'qwen-epp'));

  test('declares and weighs them', () => {
    const strategy = RoutingStrategy.loadAware().withScorer(Scorer.module('night-shift', 5));
    const made = routerOf({ image: image(), strategy });
    expect(config(made).plugins.at(-1)).toEqual({ type: 'module', name: 'night-shift', path: '/app/plugins/night-shift.mjs' });
    expect(config(made).schedulingProfiles[0].plugins.at(-1)).toEqual({ pluginRef: 'night-shift', weight: 5 });
    expect(made.router.findings.map(({ code }) => code)).toEqual(['LLMD543']);
    expect(made.container.image).toBe(made.router.plan.image.reference);
  });

  test('LLMD574: is told of one that it does not weigh', () => {
    expect(routerOf({ image: image() }).router.findings.map(({ code }) => code)).toEqual(['LLMD574', 'LLMD543']);
  });

  test('LLMD576: cannot weigh one that its image does not have, and no other image has any', () => {
    const strategy = RoutingStrategy.loadAware().withScorer(Scorer.module('day-shift'));
    for (const other of [image(), RouterImage.BUNDLED, RouterImage.upstream(), RouterImage.of('ghcr.io/acme/epp:3')]) {
      expect(codeOf(() => routerOf({ image: other, strategy }))).toBe('LLMD576');
    }
  });
});

test('LLMD543 names the three ways on, each with its command', () => {
  const { router } = routerOf({ image: RouterImage.fromPackage('router') });
  const [{ message = '' } = {}] = router.findings.filter(({ code }) => code === 'LLMD543');
  const { reference } = router.plan.image;
  expect(reference).toMatch(/^llm-d-epp:/);
  for (const way of [
    '`imageRegistry`',
    'CDK8S_LLM_D_REGISTRY',
    '`npx cdk8s-llm-d image push`',
    '`npx cdk8s-llm-d image build --load`',
    `\`kind load docker-image ${reference}\``,
    `\`minikube image load ${reference}\``,
    'RouterImage.upstream()',
  ]) {
    expect(message).toContain(way);
  }
  expect(message).not.toContain('@sha256');
});

/** As in the sources of a user, with whatever output folder `cdk8s synth` names. */
const PROGRAM = `
import { App } from 'cdk8s';
import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage, RoutingStrategy, Scorer, ServingChart } from 'cdk8s-llm-d';
const app = new App();
const chart = new ServingChart(app, 'qwen', { namespace: 'llm', imageRegistry: 'registry.example.com/llm' });
const qwen = new ModelServing(chart, 'qwen3', { model: ModelSource.huggingFace('Qwen/Qwen3-32B'), accelerator: Accelerator.NVIDIA_H100 });
new InferenceGateway(chart, 'gateway').addModel(qwen, {
  routing: RoutingStrategy.prefixAware().withScorer(Scorer.module('night-shift', 3)),
  router: { image: RouterImage.fromPackage({ plugins: ['scorers/night-shift.js'] }) },
});
app.synth();
`;

describe('a bundled program', () => {
  const run = (file: string, cwd: string, ...args: string[]) => {
    const { CDK8S_OUTDIR: _, ...env } = process.env;
    return spawnSync(process.execPath, [file, ...args], { cwd, encoding: 'utf8', env: { ...env, NODE_PATH: '' } });
  };

  test.each(['cjs', 'esm'] as const)('as %s finds the package of its working folder, else the one beside itself', (format) => {
    const program = join(folder, 'app/out', format === 'esm' ? 'program.mjs' : 'program.cjs');
    bundleProgram(PROGRAM, program, format);
    expect(run(program, folder).stderr).toContain('LLMD570');
    cpSync(join(folder, 'router'), join(folder, 'app/node_modules/llm-d-epp'), { recursive: true });
    cpSync(join(folder, 'scorers'), join(folder, 'app/scorers'), { recursive: true });
    const outputs = ['app', '.'].map((cwd) => {
      expect(run(program, join(folder, cwd))).toMatchObject({ status: 0, stderr: '' });
      return readFileSync(join(folder, cwd, 'dist/llm-d-images.json'), 'utf8');
    });
    expect(outputs[0]).toBe(outputs[1]);
  });

  const CLI = join(ROOT, 'node_modules/cdk8s-cli/bin/cdk8s');
  const synth = (...args: string[]) =>
    run(CLI, folder, 'synth', '--check-upgrade=false', '--app', `"${process.execPath}" program.cjs`, ...args);

  test('leaves the manifest where `cdk8s synth` puts the YAML, and where the image command looks for it', () => {
    bundleProgram(PROGRAM, join(folder, 'program.cjs'));
    cpSync(join(folder, 'router'), join(folder, 'node_modules/llm-d-epp'), { recursive: true });

    writeFiles(folder, { 'dist/old.k8s.yaml': 'kind: Old' });
    const plain = synth();
    expect(plain).toMatchObject({ status: 0 });
    expect(plain.stdout).not.toContain('.json');
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual(['llm-d-images.json', 'qwen.k8s.yaml']);
    const [{ reference, plugins }] = JSON.parse(readFileSync(join(folder, 'dist/llm-d-images.json'), 'utf8')).images;
    expect(plugins).toEqual(['../scorers/night-shift.js']);
    const objects = parseAllDocuments(readFileSync(join(folder, 'dist/qwen.k8s.yaml'), 'utf8')).map((document) => document.toJS());
    const router = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'qwen3-epp');
    expect(router.spec.template.spec.containers.map(({ image }: Any) => image)).toContain(reference);

    const helm = synth('--format', 'helm', '--chart-version', '1.0.0');
    expect(helm).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, 'dist/templates/llm-d-images.json'))).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, 'dist/llm-d-images.json'), 'utf8')).images[0].plugins).toEqual(plugins);

    rmSync(join(folder, 'dist'), { recursive: true });
    const printed = synth('--stdout');
    expect(printed.stdout).toContain(`image: ${reference}`);
    expect(printed.stdout).not.toContain('"images"');
    expect(existsSync(join(folder, 'dist'))).toBe(false);
  }, 60_000);
});
