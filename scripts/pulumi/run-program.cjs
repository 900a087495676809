// Runs the Pulumi program in the current folder as Pulumi's language host would, but against mocks instead of an engine, and prints what
// it registered and exported as JSON. TypeScript is compiled, with type errors, by the ts-node that `@pulumi/pulumi` brings and the
// compiler that the project has installed. Everything of Pulumi is resolved from that folder.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { mocks, projectOf } = require('./answers.cjs');

const folder = process.cwd();
const load = createRequire(join(folder, 'package.json'));
const pulumi = load('@pulumi/pulumi');
const { loadTypeScriptCompilerOptions, typeScriptRequireStrings } = load('@pulumi/pulumi/tsutils');

// `--preview`: nothing is known that only a deployment knows. Types are left to the other run.
const preview = process.argv.includes('--preview');

async function main() {
  const { name, config, secrets } = projectOf(folder);
  const resources = [];
  await pulumi.runtime.setMocks(
    mocks(({ type, name }) => resources.push({ type, name })),
    name,
    'dev',
    preview,
  );
  pulumi.runtime.setAllConfig(config, secrets);

  const { tsnodeRequire, typescriptRequire } = typeScriptRequireStrings();
  load(tsnodeRequire).register({
    compiler: typescriptRequire,
    project: 'tsconfig.json',
    transpileOnly: preview,
    compilerOptions: {
      target: 'ES2020',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      sourceMap: 'true',
      ...loadTypeScriptCompilerOptions('tsconfig.json'),
    },
  });
  const exported = load(join(folder, load('./package.json').main));
  const outputs = Object.fromEntries(
    await Promise.all(
      Object.entries(exported).map(async ([key, value]) => {
        const output = pulumi.output(value);
        const [known, secret] = await Promise.all([output.isKnown, output.isSecret]);
        return [key, secret ? '[secret]' : known ? await output.promise() : '[unknown]'];
      }),
    ),
  );
  await pulumi.runtime.disconnect();
  process.stdout.write(`${JSON.stringify({ resources, outputs })}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
