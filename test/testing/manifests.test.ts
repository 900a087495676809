import { ApiObject, App, Chart, Testing } from 'cdk8s';
import { failing, type ManifestResult, Manifests, manifests } from '../../lib/testing';

function sample(): Chart {
  const chart = Testing.chart();
  new ApiObject(chart, 'a', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: { 'llm-d.ai/role': 'decode' } },
    spec: {
      replicas: 2,
      paused: false,
      template: { spec: { containers: [{ name: 'vllm', args: ['--port', '8000'] }, { name: 'proxy' }] } },
    },
  });
  new ApiObject(chart, 'b', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'b' }, spec: { replicas: 1 } });
  new ApiObject(chart, 'c', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' }, spec: { ports: [{ port: 80 }] } });
  return chart;
}

const deployment = (): ManifestResult => manifests(sample()).one('Deployment', 'a');

describe('all', () => {
  test('gives everything, a kind, or what matches', () => {
    const found = manifests(sample());
    expect(found.all().map(({ title }) => title)).toEqual(['Deployment/a', 'Deployment/b', 'Service/c']);
    expect(found.all('Deployment')).toHaveLength(2);
    expect(found.all('Deployment', { spec: { replicas: 1 } }).map(({ title }) => title)).toEqual(['Deployment/b']);
    expect(found.all(undefined, { metadata: { name: 'c' } })).toHaveLength(1);
    expect(found.all('Ingress')).toEqual([]);
  });
});

describe('one', () => {
  test('gives the only one of a kind, or the one of that name', () => {
    expect(manifests(sample()).one('Service').title).toBe('Service/c');
    expect(manifests(sample()).one('Deployment', 'b').title).toBe('Deployment/b');
  });

  test('says what there is when there is none', () => {
    expect(() => manifests(sample()).one('Ingress')).toThrow(
      'there is no Ingress; there are:\n  Deployment/a\n  Deployment/b\n  Service/c',
    );
    expect(() => manifests(sample()).one('Service', 'a')).toThrow(/^there is no Service\/a;/);
    expect(() => new Manifests([]).one('Service')).toThrow('there is no Service; there is nothing at all');
  });

  test('says which there are when there are several', () => {
    expect(() => manifests(sample()).one('Deployment')).toThrow('there are 2 of Deployment, name one:\n  Deployment/a\n  Deployment/b');
  });
});

describe('toMatch', () => {
  test('compares what is given and returns the result for the next call', () => {
    const result = deployment();
    expect(result.toMatch({ spec: { replicas: 2 } }).toMatch({ metadata: { labels: { 'llm-d.ai/role': 'decode' } } })).toBe(result);
    result.toMatch({ spec: { template: { spec: { containers: [{ args: ['--port', '8000'] }, {}] } }, strategy: undefined } });
    result.toMatch({});
  });

  test.each([
    ['another value', { spec: { replicas: 3 } }, 'spec.replicas: expected 3, found 2'],
    ['another type', { spec: { replicas: '2' } }, 'spec.replicas: expected "2", found 2'],
    ['an absent key', { spec: { minReadySeconds: 5 } }, 'spec.minReadySeconds: expected 5, found nothing'],
    ['a key that should be absent', { spec: { replicas: undefined } }, 'spec.replicas: expected nothing, found 2'],
    ['false for an absent key', { spec: { hold: false } }, 'spec.hold: expected false, found nothing'],
    ['a value where an object is', { spec: 1 }, 'spec: expected 1, found {'],
    ['an object where a value is', { spec: { replicas: { a: 1 } } }, 'spec.replicas: expected {"a":1}, found 2'],
    [
      'a shorter list',
      { spec: { template: { spec: { containers: [{}] } } } },
      'spec.template.spec.containers: expected 1 items [{}], found 2 [',
    ],
    [
      'another order',
      { spec: { template: { spec: { containers: [{ args: ['8000', '--port'] }, {}] } } } },
      'spec.template.spec.containers[0].args[0]: expected "8000", found "--port"',
    ],
    [
      'a key with a slash',
      { metadata: { labels: { 'llm-d.ai/role': 'x' } } },
      'metadata.labels["llm-d.ai/role"]: expected "x", found "decode"',
    ],
  ])('refuses %s', (_, expected, message) => {
    expect(() => deployment().toMatch(expected)).toThrow(`Deployment/a does not match:\n  ${message}`);
  });

  test('lists every difference', () => {
    expect(() => deployment().toMatch({ kind: 'X', spec: { replicas: 9 } })).toThrow(
      'Deployment/a does not match:\n  kind: expected "X", found "Deployment"\n  spec.replicas: expected 9, found 2',
    );
  });
});

describe('get', () => {
  test.each([
    ['kind', 'Deployment'],
    ['spec.replicas', 2],
    ['spec.paused', false],
    ['metadata.labels["llm-d.ai/role"]', 'decode'],
    ['spec.template.spec.containers[0].args[1]', '8000'],
    ['spec.template.spec.containers[name=proxy]', { name: 'proxy' }],
    ['spec.template.spec.containers[name=vllm].args[0]', '--port'],
    ['spec.template.spec.containers[name=none].args', undefined],
    ['spec.nothing.at.all', undefined],
    ['spec.replicas.x', undefined],
    ['spec[name=vllm]', undefined],
  ])('%s', (path, value) => {
    expect(deployment().get(path)).toEqual(value);
  });

  test('refuses a path that cannot be read', () => {
    expect(() => deployment().get('spec.[')).toThrow('path "spec.[" cannot be read from ".[" on');
  });
});

test('toYaml gives all manifests as documents', () => {
  const yaml = manifests(sample()).toYaml();
  expect(yaml.split('---')).toHaveLength(3);
  expect(yaml).toContain('kind: Service');
});

test('toString shows the manifest', () => {
  expect(String(manifests(sample()).one('Service'))).toContain('"port": 80');
});

describe('failing', () => {
  test('returns code, path and sentence of what a synth complains of, without throwing', () => {
    const app = new App();
    const chart = new Chart(app, 'chart');
    chart.node.addValidation({ validate: () => ['LLMD201 labels differ', 'no code here', 'LLMD301 [chart/other] two\nlines'] });
    const object = new ApiObject(chart, 'object', { apiVersion: 'v1', kind: 'Service' });
    object.node.addValidation({ validate: () => ['LLMD101 name is long'] });
    expect(failing(app)).toEqual([
      { code: 'LLMD201', path: 'chart', message: 'labels differ' },
      { code: '', path: 'chart', message: 'no code here' },
      { code: 'LLMD301', path: 'chart/other', message: 'two\nlines' },
      { code: 'LLMD101', path: 'chart/object', message: 'name is long' },
    ]);
    expect(() => manifests(chart)).toThrow('LLMD201 labels differ');
  });

  test('is empty for an app that can be synthesized', () => {
    expect(failing(new App())).toEqual([]);
  });
});
