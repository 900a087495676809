import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, App } from 'cdk8s';
import { ServingChart, type ServingChartProps } from '../../lib/index';
import * as library from '../../lib/pulumi/index';
import { type ProgramRun, runProgram } from '../pulumi/support';
import { ROOT } from './architecture/sources';
import { runModule, type Snippet } from './snippets';

/** Folder of the Pulumi examples. */
export const PULUMI_EXAMPLES = join(ROOT, 'examples/pulumi');

interface Answers {
  readonly DIGEST: string;
  readonly GIVEN: Readonly<Record<string, string>>;
  readonly PLATFORM: Readonly<Record<string, string>>;
  projectOf(folder: string): { name: string; config: Record<string, string>; secrets: string[] };
  stateOf(args: { type: string; name: string; inputs: Readonly<Record<string, unknown>> }): Readonly<Record<string, unknown>>;
}

/** What the CLI and the cluster answer to the examples; shared with `npm run examples:check`. */
export const answers = require('../../scripts/pulumi/answers.cjs') as Answers;

/** An object that a program must register. */
export interface WantedObject {
  /** Name of the resource. */
  readonly path: string;
  readonly token: string;
}

/** A run of one program. */
export interface ExampleRun extends ProgramRun<Readonly<Record<string, unknown>>> {
  /** Objects of the charts that the program's stacks are built from, as cdk8s knows them. */
  readonly wanted: readonly WantedObject[];
  /** What it exports, once it is known; those of secrets are in `secretOutputs`. */
  readonly exported: Readonly<Record<string, unknown>>;
  readonly secretOutputs: readonly string[];
}

/** Names of the example projects. */
export function pulumiExampleNames(): string[] {
  return readdirSync(PULUMI_EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

const known = new Map<string, Promise<ExampleRun>>();

/** The run of an example, which is made once. */
export function exampleRun(name: string): Promise<ExampleRun> {
  const run = known.get(name) ?? runExample(name);
  known.set(name, run);
  return run;
}

/** Runs the program of an example anew, with the configuration that its Pulumi.yaml asks for. */
export function runExample(name: string, options: { readonly preview?: boolean } = {}): Promise<ExampleRun> {
  const folder = join(PULUMI_EXAMPLES, name);
  const code = readFileSync(join(folder, 'index.ts'), 'utf8');
  const { name: project, config, secrets } = answers.projectOf(folder);
  return runPulumi({ where: `${name}/index.ts`, code }, [], { ...options, project, config, secrets });
}

/** How {@link runPulumi} runs a program. */
export interface PulumiRunOptions {
  readonly preview?: boolean;
  readonly project: string;
  readonly config: Record<string, string>;
  readonly secrets: string[];
}

/** Runs a program that consists of snippets. */
export async function runPulumi(program: Snippet, others: readonly Snippet[], options: PulumiRunOptions): Promise<ExampleRun> {
  const wanted: WantedObject[] = [];
  // Each stack that is made is also written as a chart, by the same function.
  class Recorded<T> extends library.ServingStack<T> {
    constructor(
      name: string,
      args: library.ServingStackArgs,
      build: (chart: ServingChart) => T,
      stackOptions?: library.ServingStackOptions,
    ) {
      super(name, args, build, stackOptions);
      wanted.push(...objectsOf(name, args, build));
    }
  }
  const instead: Readonly<Record<string, unknown>> = {
    'cdk8s-llm-d/pulumi': { ...library, ServingStack: Recorded },
    // The real one hashes what `npm run build` has made; `npm run examples:check` runs it.
    'llm-d-epp/image': { routerImageAsset: () => ({ repository: 'llm-d-epp', tag: '0.1.0-0123456789ab' }) },
  };
  const load = Object.assign((specifier: string): unknown => instead[specifier] ?? require(specifier), {
    resolve: require.resolve,
  }) as NodeJS.Require;
  const run = await runProgram(
    async () => {
      pulumi.runtime.setAllConfig(options.config, options.secrets);
      return runModule(program, others, load);
    },
    { project: options.project, preview: options.preview ?? false, state: (type, name, inputs) => answers.stateOf({ type, name, inputs }) },
  );
  const outputs = Object.entries(run.result).map(([key, value]) => [key, pulumi.output(value)] as const);
  const values = await Promise.all(outputs.map(async ([key, output]) => [key, await promiseOf(output)] as const));
  const secret = await Promise.all(outputs.map(async ([key, output]) => ((await pulumi.isSecret(output)) ? [key] : [])));
  return { ...run, wanted, exported: Object.fromEntries(values), secretOutputs: secret.flat() };
}

function objectsOf(name: string, args: library.ServingStackArgs, build: (chart: ServingChart) => unknown): WantedObject[] {
  const texts = Object.entries(args).map(([key, value]) => [
    key,
    pulumi.Output.isInstance(value) ? library.outputToken(value as pulumi.Output<string>) : value,
  ]);
  const app = new App();
  build(new ServingChart(app, name, Object.fromEntries(texts) as ServingChartProps));
  return app.node
    .findAll()
    .filter((construct) => ApiObject.isApiObject(construct))
    .map(({ node, apiVersion, kind }) => ({
      path: node.path,
      token: `kubernetes:${apiVersion === 'v1' ? 'core/v1' : apiVersion}:${kind}`,
    }));
}

function promiseOf(output: pulumi.Output<unknown>): Promise<unknown> {
  return (output as unknown as { promise(): Promise<unknown> }).promise();
}
