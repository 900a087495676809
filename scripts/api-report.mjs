// Writes (--local) or checks the reports of the public API in api/, one for each entry point of the packages in this repository.
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const isLocal = process.argv.includes('--local');

/** Report name to the declarations that the package publishes, and the package they are of. */
const ENTRY_POINTS = {
  'cdk8s-llm-d': { types: 'build/index.d.ts', packageFolder: '.' },
  'cdk8s-llm-d-testing': { types: 'build/testing/index.d.ts', packageFolder: '.' },
  'cdk8s-llm-d-pulumi': { types: 'build/pulumi/index.d.ts', packageFolder: '.' },
  'llm-d-epp-config': { types: 'epp-config/build/index.d.ts', packageFolder: 'epp-config' },
};

const base = ExtractorConfig.loadFile(`${root}api-extractor.json`);
mkdirSync(`${root}api`, { recursive: true });
const problems = [];

for (const [name, { types, packageFolder }] of Object.entries(ENTRY_POINTS)) {
  const prepared = ExtractorConfig.prepare({
    configObject: {
      ...base,
      projectFolder: root,
      mainEntryPointFilePath: `${root}${types}`,
      compiler: { tsconfigFilePath: `${root}${packageFolder}/tsconfig.json` },
      apiReport: { ...base.apiReport, reportFileName: name },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}${packageFolder}/package.json`,
  });
  const result = Extractor.invoke(prepared, {
    localBuild: isLocal,
    messageCallback(message) {
      // What the compiler that api-extractor bundles thinks of a newer TypeScript, and where it wrote: nobody can act on it.
      const isNoise = message.category === 'console' && message.messageId !== 'console-api-report-not-copied';
      message.handled ||= isNoise && message.logLevel !== 'error';
    },
  });
  if (result.apiReportChanged && !isLocal) {
    problems.push(`api/${name}.api.md is missing or out of date: run npm run api, and read what changed in it before you commit it`);
  } else if (!result.succeeded) {
    problems.push(`the public API of ${types} has errors, see above`);
  }
}

const expected = Object.keys(ENTRY_POINTS).map((name) => `${name}.api.md`);
for (const file of readdirSync(`${root}api`)) {
  if (!expected.includes(file)) {
    problems.push(`api/${file} is of no entry point: remove it`);
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`api/ ${isLocal ? 'is written' : 'is up to date'} (${expected.length} reports)`);
