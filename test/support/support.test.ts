import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { hiddenProperties } from './class-members';
import { buildExample, buildExamples, exampleNames } from './examples';
import { unexposed } from './exposed';
import { golden } from './golden';
import { duplicateNames, idTree, withoutNamespace } from './manifests';
import { lostPatches, PROBE, valueAt } from './patches';

class Owner extends Construct {
  readonly shown: ApiObject;
  readonly list: readonly ApiObject[];
  private readonly secret: ApiObject;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const make = (name: string) => new ApiObject(this, name, { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 1 }] } });
    this.shown = make('shown');
    this.list = [make('listed')];
    this.secret = make('secret');
    make('dropped');
  }

  get name(): string {
    return this.secret.name;
  }
}

test('unexposed finds an object that no public property holds', () => {
  const app = new App();
  const owner = new Owner(new Chart(app, 'chart'), 'owner');
  expect(owner.name).not.toBe('');
  expect(unexposed(app, new Map())).toEqual(['chart/owner/dropped']);
  const source = 'class Owner { readonly shown; private readonly secret; constructor(protected readonly other: 1) {} }';
  const names = hiddenProperties(new Map([['owner.ts', source]]));
  expect([...(names.get('Owner') ?? [])]).toEqual(['secret', 'other']);
  expect(unexposed(app, names)).toEqual(['chart/owner/secret', 'chart/owner/dropped']);
});

test('lostPatches finds an object that filters its output after the patch', () => {
  class Lossy extends ApiObject {
    override toJson(): unknown {
      const { apiVersion, kind, metadata, spec } = super.toJson() as {
        apiVersion: string;
        kind: string;
        metadata: object;
        spec: { a: unknown };
      };
      return { apiVersion, kind, metadata, spec: { a: spec.a } };
    }
  }
  const chart = new Chart(new App(), 'chart');
  expect(lostPatches(new Lossy(chart, 'lossy', { apiVersion: 'x.io/v1', kind: 'X', spec: { a: { b: [{ c: 1 }] } } }))).toEqual([
    `/spec/${PROBE}`,
  ]);
  const kept = new ApiObject(chart, 'kept', { apiVersion: 'x.io/v1', kind: 'X', spec: { a: { b: [{ c: 1 }] } } });
  expect(lostPatches(kept)).toEqual([]);
  expect(valueAt(kept.toJson(), `/spec/a/b/0/${PROBE}/a/1/b`)).toBe('c');
});

describe('examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('none at all is an error, not an empty success', () => {
    expect(() => buildExamples(folder)).toThrow('there is no example in');
    expect(() => buildExamples(join(folder, 'missing'))).toThrow('there is no example in');
  });

  test.each([
    ['no-build', 'exports.other = () => {};', 'must export build(app: App): void'],
    ['no-chart', 'exports.build = () => {};', 'adds no chart to the app'],
  ])('%s is an error', (name, text, message) => {
    writeFileSync(join(folder, `${name}.ts`), text);
    expect(exampleNames(folder)).toContain(name);
    expect(() => buildExample(name, folder)).toThrow(message);
  });
});

describe('golden files', () => {
  const updating = process.env.UPDATE_GOLDEN;
  beforeEach(() => delete process.env.UPDATE_GOLDEN);
  afterAll(() => {
    process.env.UPDATE_GOLDEN = updating ?? '';
  });

  test('a missing one is an error', () => {
    expect(() => golden('no-such-chart.yaml', 'a: 1\n')).toThrow('test/golden/no-such-chart.yaml is missing: run npm run golden');
  });
});

describe('manifests', () => {
  const object = (kind: string, name: string, namespace?: string, apiVersion = 'v1') => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  });

  test('withoutNamespace finds namespaced kinds without a namespace', () => {
    expect(withoutNamespace([object('Service', 'a'), object('Service', 'b', 'llm'), object('ClusterRole', 'c')])).toEqual(['Service a']);
    expect(withoutNamespace([object('Service', 'a', '')])).toEqual(['Service a']);
  });

  test('duplicateNames finds two objects of one group, kind, namespace and name', () => {
    expect(duplicateNames([object('Service', 'a', 'x'), object('Service', 'a', 'x')])).toEqual(['core Service x/a']);
    expect(duplicateNames([object('Service', 'a', 'x', 'g.io/v1'), object('Service', 'a', 'x', 'g.io/v2')])).toHaveLength(1);
    expect(
      duplicateNames([
        object('Service', 'a', 'x'),
        object('Service', 'a', 'y'),
        object('ConfigMap', 'a', 'x'),
        object('Service', 'a', 'x', 'g.io/v1'),
      ]),
    ).toEqual([]);
  });

  test('idTree gives paths and kinds', () => {
    const app = new App();
    const owner = new Owner(new Chart(app, 'chart'), 'owner');
    expect(
      idTree([{ name: 'x', app, charts: [] }])
        .split('\n')
        .slice(0, 3),
    ).toEqual(['chart', owner.node.path, 'chart/owner/dropped Service']);
  });
});
