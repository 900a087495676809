import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { ROOT } from '../support/architecture/sources';

const BUILT = { tag: '0.1.0-0123456789ab', hash: '0123456789ab'.padEnd(64, 'c'), platforms: ['linux/amd64', 'linux/arm64'] };

type Library = typeof import('../../lib/index') & Pick<typeof import('cdk8s'), 'App'>;

/** The library as it is after a build of the router with this content. */
function libraryWith(BUNDLED_ROUTER: object | undefined): Library {
  let library: Library | undefined;
  jest.isolateModules(() => {
    if (BUNDLED_ROUTER !== undefined) {
      jest.doMock('../../lib/router/bundled-tag', () => ({ BUNDLED_ROUTER }));
    }
    // The app must be of the same copy of cdk8s as the library.
    library = { ...require('../../lib/index'), App: require('cdk8s').App };
    jest.dontMock('../../lib/router/bundled-tag');
  });
  return library as Library;
}
const scope = () => new Chart(new App(), 'chart');

test('in the sources the tag is that of the version, and says that nothing was built', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { RouterImage } = libraryWith(undefined);
  expect(RouterImage.BUNDLED.resolve(scope())).toMatchObject({ reference: `llm-d-epp:${version}-unbuilt`, asset: undefined });
});

test('the recorded tag is that of the release, and the image is listed with its hash', () => {
  const { Release, RouterImage } = libraryWith(BUILT);
  expect(Release.LATEST.row.router.tag).toBe(BUILT.tag);
  const reference = `llm-d-epp:${BUILT.tag}`;
  expect(RouterImage.BUNDLED.resolve(scope())).toEqual({
    reference,
    schemaVersion: 'v0.10.0',
    upstream: false,
    registryMissing: true,
    floating: false,
    asset: { ...BUILT, reference, repository: 'llm-d-epp', plugins: [], packages: [], buildArgs: {}, target: undefined },
  });
});

test('another router is another tag, so that its pods roll', () => {
  const changed = { ...BUILT, tag: '0.1.0-ffffffffffff', hash: 'f'.repeat(64) };
  const [before, after] = [BUILT, changed].map((built) => {
    const { Accelerator, App, InferenceGateway, ModelServing, ModelSource, RoutingStrategy, ServingChart } = libraryWith(built);
    const chart = new ServingChart(new App(), 'chart', { namespace: 'llm', imageRegistry: 'registry.example.com' });
    const model = new ModelServing(chart, 'qwen', {
      model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
      accelerator: Accelerator.NVIDIA_H100,
    });
    new InferenceGateway(chart, 'gateway').addModel(model, { routing: RoutingStrategy.loadAware() });
    return JSON.stringify(chart.toJson());
  });
  expect(before).toContain(`"registry.example.com/llm-d-epp:${BUILT.tag}"`);
  expect(after).toBe(before?.replaceAll(BUILT.tag, changed.tag));
  expect(after).not.toBe(before);
});

test('of a release with another tag nothing is known, so that it is not listed to be built', () => {
  const { Release, RouterImage } = libraryWith(BUILT);
  const chart = scope();
  Release.LATEST.with({ router: { repository: 'llm-d-epp', tag: '0.0.9-aaaaaaaaaaaa' } }).applyTo(chart);
  expect(RouterImage.BUNDLED.resolve(chart)).toMatchObject({ reference: 'llm-d-epp:0.0.9-aaaaaaaaaaaa', asset: undefined });
});

test('of a release with another repository the same content is listed under that', () => {
  const { Release, RouterImage } = libraryWith(BUILT);
  const chart = scope();
  Release.LATEST.with({ router: { repository: 'team/epp', tag: BUILT.tag } }).applyTo(chart);
  expect(RouterImage.BUNDLED.resolve(chart).asset).toMatchObject({ reference: `team/epp:${BUILT.tag}`, hash: BUILT.hash });
});
