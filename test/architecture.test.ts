import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routerVersions } from '../epp-config/src/versions';
import { checkDefaults, checkDocstrings } from './support/architecture/docs';
import { checkLength, checkNames, checkPaths, medianLines } from './support/architecture/files';
import { checkCycles, checkLayers, checkPackageImports } from './support/architecture/layers';
import { checkPins } from './support/architecture/pins';
import { describeProblems } from './support/architecture/problem';
import { projectFiles, ROOT, readSources, type Sources } from './support/architecture/sources';

const BINARY = /\.(png|jpg|gif|ico|tgz)$/;

const lib = readSources('lib');
const eppConfig = readSources('epp-config/src');
const router = readSources('router/src');
const everything: Sources = new Map([
  ...lib,
  ...eppConfig,
  ...router,
  ...readSources('test', 'scripts', 'examples', 'epp-config/test', 'router/test', 'router/bench'),
]);
const routerPackages = Object.keys(JSON.parse(readFileSync(join(ROOT, 'router/package.json'), 'utf8')).dependencies);

test('there is something to check', () => {
  expect(lib.size).toBeGreaterThan(10);
  expect(eppConfig.size).toBeGreaterThan(0);
});

describe('imports', () => {
  test('of lib follow the direction util, versions, values, cluster, …, index', () => {
    expect(describeProblems(checkLayers(lib))).toBe('');
  });

  test('of epp-config are its own files only', () => {
    expect(describeProblems(checkPackageImports(eppConfig, 'epp-config/src', []))).toBe('');
  });

  test('of the router are its own files, Node and its declared dependencies, nothing of lib', () => {
    expect(describeProblems(checkPackageImports(router, 'router/src', routerPackages))).toBe('');
  });

  test('of the image, which the library loads, are its own files and Node alone', () => {
    const image = new Map([...router].filter(([file]) => file.startsWith('router/src/image/')));
    expect(image.size).toBeGreaterThan(0);
    expect(describeProblems(checkPackageImports(image, 'router/src/image', []))).toBe('');
  });

  test('have no cycles at run time', () => {
    expect(describeProblems([...checkCycles(lib), ...checkCycles(eppConfig), ...checkCycles(router)])).toBe('');
  });
});

describe('docstrings', () => {
  test('stand on every exported name', () => {
    expect(describeProblems([...checkDocstrings(lib), ...checkDocstrings(eppConfig), ...checkDocstrings(router)])).toBe('');
  });

  test('say the default of every optional prop', () => {
    const mirrors = (file: string) => file.startsWith('lib/manifests/') || file.startsWith('router/src/kubernetes/');
    expect(describeProblems(checkDefaults(new Map([...lib, ...eppConfig, ...router]), mirrors))).toBe('');
  });
});

test('images, API versions and releases are pinned in versions.ts only, but for the tag that the build records', () => {
  const pins = ['lib/versions.ts', 'lib/router/bundled-tag.ts'];
  const others = new Map([...lib].filter(([file]) => !pins.includes(file)));
  expect(describeProblems(checkPins(others, routerVersions))).toBe('');
});

describe('files', () => {
  test('are at most 400 lines long, data tables apart', () => {
    expect(describeProblems(checkLength(everything))).toBe('');
  });

  test('of lib have a median near 110 lines', () => {
    expect(medianLines(lib)).toBeLessThan(150);
  });

  test('are named in kebab-case', () => {
    expect(describeProblems(checkNames(everything.keys()))).toBe('');
  });

  test('name no path outside the checkout; .ci/run alone knows what lies beside it', () => {
    const texts = new Map(
      projectFiles()
        .filter((file) => !BINARY.test(file))
        .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
    );
    expect(describeProblems(checkPaths(texts, ['.ci/run'], ROOT))).toBe('');
  });
});
