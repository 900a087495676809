import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { Release } from '../lib/values/release';
import { importsOf } from './support/architecture/imports';
import { buildExamples, EXAMPLES, exampleNames } from './support/examples';
import { golden, staleGolden } from './support/golden';
import { duplicateNames, idTree, type ManifestJson, unlabelled, withoutNamespace } from './support/manifests';

const examples = buildExamples();
const charts = examples.flatMap(({ name, charts: found }) => found.map((chart) => ({ example: name, id: chart.node.id, chart })));

/** Synthesized once: validation of an app runs with each call. */
const objects = new Map<string, ManifestJson[]>();
function objectsOf(id: string): ManifestJson[] {
  const known = objects.get(id) ?? (charts.find((row) => row.id === id)?.chart.toJson() as ManifestJson[]);
  objects.set(id, known);
  return known;
}

const { repository, tag } = Release.LATEST.row.router;
const ROUTER_OF_THE_DAY = `image: ${repository}:${tag}`;

test('main.ts runs every example', () => {
  const imported = importsOf('main.ts', readFileSync(join(EXAMPLES, 'main.ts'), 'utf8')).map(({ specifier }) => specifier);
  expect(imported.filter((specifier) => specifier.startsWith('.')).sort()).toEqual(exampleNames().map((name) => `./${name}`));
});

test('chart ids are unique over all examples, for they name the files', () => {
  const ids = charts.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

describe.each(charts)('$example: chart $id', ({ id, chart }) => {
  test('is what was reviewed', () => {
    // A chart that names its release brings the tag of the day back.
    const yaml = Yaml.stringify(...objectsOf(id)).replaceAll(ROUTER_OF_THE_DAY, 'image: llm-d-epp:golden');
    expect(yaml).toBe(golden(`${id}.yaml`, yaml));
  });

  test('has objects, each with a namespace unless its kind has none', () => {
    expect(objectsOf(id)).not.toEqual([]);
    expect(withoutNamespace(objectsOf(id))).toEqual([]);
  });

  test('labels every object that the library wrote with what it belongs to', () => {
    expect(unlabelled(chart)).toEqual([]);
  });

  test('gives no two objects of a kind the same name', () => {
    expect(duplicateNames(objectsOf(id))).toEqual([]);
  });
});

test('no golden file is left of a chart that is gone', () => {
  expect(staleGolden(charts.map(({ id }) => `${id}.yaml`))).toEqual([]);
});

test('construct ids are what was reviewed: renaming one breaks its users', () => {
  const tree = idTree(examples);
  expect(tree).toBe(golden('ids.txt', tree));
});
