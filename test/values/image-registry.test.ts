import { App, Chart } from 'cdk8s';
import { ImageRegistry, REGISTRY_VARIABLE } from '../../lib/values/image-registry';

const before = process.env[REGISTRY_VARIABLE];

beforeEach(() => {
  delete process.env[REGISTRY_VARIABLE];
});

afterAll(() => {
  if (before === undefined) {
    delete process.env[REGISTRY_VARIABLE];
  } else {
    process.env[REGISTRY_VARIABLE] = before;
  }
});

test('a scope without a registry has none', () => {
  expect(ImageRegistry.of(new Chart(new App(), 'a'))).toBeUndefined();
});

test('the nearest scope decides', () => {
  const app = new App();
  const [near, far] = [new Chart(app, 'near'), new Chart(app, 'far')];
  ImageRegistry.applyTo(app, 'registry.example.com/all');
  ImageRegistry.applyTo(near, 'localhost:5001');
  expect(ImageRegistry.of(near)).toBe('localhost:5001');
  expect(ImageRegistry.of(far)).toBe('registry.example.com/all');
});

test('the environment stands in for a scope, and only then', () => {
  process.env[REGISTRY_VARIABLE] = 'registry.example.com/env';
  const chart = new Chart(new App(), 'a');
  expect(ImageRegistry.of(chart)).toBe('registry.example.com/env');
  ImageRegistry.applyTo(chart, 'registry.example.com/scope');
  expect(ImageRegistry.of(chart)).toBe('registry.example.com/scope');
});

test('an empty variable is none', () => {
  process.env[REGISTRY_VARIABLE] = '';
  expect(ImageRegistry.of(new Chart(new App(), 'a'))).toBeUndefined();
});

test.each(['', 'https://registry.example.com', 'registry.example.com/', 'acme', 'registry.example.com/Upper', 'ghcr.io/a:tag'])(
  '"%s" is refused',
  (registry) => {
    expect(() => ImageRegistry.applyTo(new App(), registry)).toThrow(/LLMD541 registry ".*" is not one/);
  },
);

test('a wrong variable is refused when it is needed', () => {
  process.env[REGISTRY_VARIABLE] = 'http://x';
  expect(() => ImageRegistry.of(new App())).toThrow(/LLMD541/);
});
