import { App, Chart } from 'cdk8s';
import { RouterImage } from '../../lib/router/router-image';
import { schemaVersionOf } from '../../lib/router/router-version';
import { ImageRegistry } from '../../lib/values/image-registry';
import { Release } from '../../lib/values/release';

const chart = () => new Chart(new App(), 'Chart');
const row = Release.LATEST.row;

describe('bundled', () => {
  test('without a registry the reference has none, and says so', () => {
    const image = RouterImage.BUNDLED.resolve(chart());
    expect(image.reference).toBe(`${row.router.repository}:${row.router.tag}`);
    expect(image).toMatchObject({ registryMissing: true, floating: false, upstream: false, schemaVersion: 'v0.10.0' });
  });

  test('the registry of the scope is put in front', () => {
    const scope = chart();
    ImageRegistry.applyTo(scope, 'registry.example.com/llm');
    const image = RouterImage.BUNDLED.resolve(scope);
    expect(image.reference).toBe(`registry.example.com/llm/${row.router.repository}:${row.router.tag}`);
    expect(image.registryMissing).toBe(false);
  });

  test('the release decides the tag', () => {
    const scope = chart();
    Release.LATEST.with({ router: { repository: 'mine', tag: '9' } }).applyTo(scope);
    expect(RouterImage.BUNDLED.resolve(scope).reference).toBe('mine:9');
  });
});

describe('upstream', () => {
  test('is the version of the release by default', () => {
    const image = RouterImage.upstream().resolve(chart());
    expect(image.reference).toBe(`${row.upstreamRouter.repository}:${row.upstreamRouter.version}`);
    expect(image).toMatchObject({ upstream: true, schemaVersion: 'v0.9.0', registryMissing: false });
    expect(RouterImage.upstream().schemaVersion).toBe('v0.9.0');
  });

  test('takes the version of a release on the scope', () => {
    const scope = chart();
    Release.LATEST.with({ upstreamRouter: { repository: 'mirror.example.com/epp', version: 'v0.10.2' } }).applyTo(scope);
    expect(RouterImage.upstream().resolve(scope)).toMatchObject({ reference: 'mirror.example.com/epp:v0.10.2', schemaVersion: 'v0.10.0' });
  });

  test('a version given wins', () => {
    expect(RouterImage.upstream('v0.10.0').resolve(chart()).reference).toBe(`${row.upstreamRouter.repository}:v0.10.0`);
    expect(RouterImage.upstream('v0.10.0').schemaVersion).toBe('v0.10.0');
  });

  test('never stands under the registry of the chart', () => {
    const scope = chart();
    ImageRegistry.applyTo(scope, 'registry.example.com');
    expect(RouterImage.upstream().resolve(scope).reference).not.toContain('registry.example.com');
  });

  test('main is floating', () => {
    expect(RouterImage.upstream('main').resolve(chart())).toMatchObject({ floating: true, schemaVersion: 'v0.10.0' });
  });

  test.each(['0.9.0', 'v0.9', 'latest', '', 'v0.8.9'])('"%s" is refused', (version) => {
    expect(() => RouterImage.upstream(version)).toThrow(/LLMD542 router version/);
  });
});

describe('an image of one’s own', () => {
  test('is taken as given, and reads what ours reads', () => {
    const scope = chart();
    ImageRegistry.applyTo(scope, 'registry.example.com');
    expect(RouterImage.of('ghcr.io/acme/epp:3').resolve(scope)).toMatchObject({
      reference: 'ghcr.io/acme/epp:3',
      schemaVersion: 'v0.10.0',
      upstream: false,
      registryMissing: false,
    });
  });

  test('may be a mirror of upstream', () => {
    const image = RouterImage.of('mirror.example.com/epp:v0.9.0', { schemaVersion: 'v0.9.0', upstream: true });
    expect(image.resolve(chart())).toMatchObject({ schemaVersion: 'v0.9.0', upstream: true });
  });

  test('without a tag it is floating', () => {
    expect(RouterImage.of('ghcr.io/acme/epp').resolve(chart()).floating).toBe(true);
  });

  test('a wrong reference or schema is refused at once', () => {
    expect(() => RouterImage.of('Not An Image')).toThrow(/LLMD540/);
    expect(() => RouterImage.of('ghcr.io/acme/epp:3', { schemaVersion: 'v1' })).toThrow(/LLMD542/);
  });
});

test.each([
  ['v0.9.0', 'v0.9.0'],
  ['v0.9.7', 'v0.9.0'],
  ['v0.10.0-rc.1', 'v0.10.0'],
  ['v0.11.3', 'v0.10.0'],
  ['v1.0.0', 'v0.10.0'],
  ['main', 'v0.10.0'],
])('router %s reads the configuration of %s', (version, schema) => expect(schemaVersionOf(version)).toBe(schema));
