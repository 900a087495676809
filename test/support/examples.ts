import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Release } from '../../lib/values/release';
import { ROOT } from './architecture/sources';

/** Folder of the examples. */
export const EXAMPLES = join(ROOT, 'examples/cdk8s');

/** What an example module exports. */
interface ExampleModule {
  build?: (app: App) => void;
}

/** The charts of one example, built in an app of their own. */
export interface Example {
  /** File name without extension. */
  readonly name: string;
  readonly app: App;
  readonly charts: readonly Chart[];
}

/** Names of the example modules, all but the `main` that runs them. */
export function exampleNames(folder = EXAMPLES): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/**
 * Builds one example. The release is the newest with a fixed tag of our own router, so that a golden file does not change with each
 * build of it.
 */
export function buildExample(name: string, folder = EXAMPLES): Example {
  const app = new App();
  const { row } = Release.LATEST;
  Release.LATEST.with({ router: { ...row.router, tag: 'golden' } }).applyTo(app);
  const { build } = require(join(folder, name)) as ExampleModule;
  if (typeof build !== 'function') {
    throw new Error(`examples/cdk8s/${name}.ts must export build(app: App): void`);
  }
  build(app);
  if (app.charts.length === 0) {
    throw new Error(`examples/cdk8s/${name}.ts adds no chart to the app`);
  }
  return { name, app, charts: app.charts };
}

/** Builds every example; throws when there is none. */
export function buildExamples(folder = EXAMPLES): Example[] {
  const names = exampleNames(folder);
  if (names.length === 0) {
    throw new Error(`there is no example in ${folder}: the tests would pass on nothing`);
  }
  return names.map((name) => buildExample(name, folder));
}

/** Every construct of an app without the app itself. */
export function constructsOf(app: App): IConstruct[] {
  return app.node.findAll().filter((construct) => construct !== app);
}
