// Installs each project of `examples/pulumi` as a user would, from the registry and with the packed packages of this checkout, in a folder
// outside of the repository; compiles it; runs it against mocks, as an update and as a preview. Needs a build and the npm registry.
//
// All projects are installed into the same folder one after the other: npm takes away what the next one does not declare, so that each
// compiles and runs with its own dependencies only, and most of the 150 MB are unpacked once.
//
//   npm run examples:check               all of them
//   npm run examples:check -- wide-ep    those that are named
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pack, root } from './pack.mjs';

const EXAMPLES = join(root, 'examples/pulumi');
const temp = realpathSync(mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-pulumi-')));
const project = join(temp, 'project');

if (temp.startsWith(root)) {
  throw new Error(`${temp} lies in the repository, whose node_modules would be found from there: set TMPDIR`);
}

/** Folders of the projects: those of programs, and those of policy packs in them. */
function projects() {
  const folders = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.split(sep).includes('node_modules') && /(^|[\\/])Pulumi(Policy)?\.yaml$/.test(path))
    .map((path) => path.split(sep).slice(0, -1).join('/'))
    .sort();
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !folders.includes(name));
  if (unknown.length > 0 || folders.length === 0) {
    throw new Error(`there is no example ${unknown.join(', ')}: there are ${folders.join(', ') || 'none'}`);
  }
  return wanted.length > 0 ? wanted : folders;
}

function run(command, args) {
  const env = { ...process.env, NODE_PATH: '', NODE_OPTIONS: '', CDK8S_LLM_D_REGISTRY: '' };
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
}

function install(name, tarballs) {
  mkdirSync(project, { recursive: true });
  for (const entry of readdirSync(project).filter((entry) => entry !== 'node_modules')) {
    rmSync(join(project, entry), { recursive: true });
  }
  cpSync(join(EXAMPLES, name), project, { recursive: true, filter: (path) => !/[\\/](node_modules|bin)$/.test(path) });
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  // Ours are not in the registry yet in this version: named ones by their tarball, those that they need by an override.
  for (const wanted of Object.keys(manifest.dependencies).filter((wanted) => tarballs.has(wanted))) {
    manifest.dependencies[wanted] = `file:${tarballs.get(wanted)}`;
  }
  const others = [...tarballs].filter(([ours]) => manifest.dependencies[ours] === undefined);
  manifest.overrides = Object.fromEntries(others.map(([ours, tarball]) => [ours, `file:${tarball}`]));
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', '--loglevel=error']);
  for (const wanted of Object.keys(manifest.dependencies)) {
    if (!realpathSync(join(project, 'node_modules', wanted)).startsWith(project)) {
      throw new Error(`${wanted} was not installed but linked`);
    }
  }
}

/** What a program registered and exported; throws when that is nothing. */
function runProgram(name, mode) {
  const { resources, outputs } = JSON.parse(
    run(process.execPath, [join(root, 'scripts/pulumi/run-program.cjs'), mode])
      .split('\n')
      .at(-2),
  );
  const objects = resources.filter(({ type }) => type.startsWith('kubernetes:'));
  const wanted = ['InferencePool', 'Deployment', 'Service'].filter((kind) => !objects.some(({ type }) => type.endsWith(`:${kind}`)));
  const empty = Object.entries(outputs).filter(([, value]) => value === undefined || value === null || value === '');
  if (wanted.length > 0 || Object.keys(outputs).length === 0 || empty.length > 0) {
    throw new Error(`${name} registers no ${wanted.join(', ')}; its outputs are ${JSON.stringify(outputs)}`);
  }
  if (JSON.stringify({ resources, outputs }).includes('llmdoutput')) {
    throw new Error(`${name} leaves a placeholder in its outputs: ${JSON.stringify(outputs)}`);
  }
  return `${resources.length} resources, outputs ${Object.keys(outputs).join(', ')}`;
}

function runPolicyPack(name) {
  const { policies, bad, good } = JSON.parse(
    run(process.execPath, [join(root, 'scripts/pulumi/run-policy-pack.cjs')])
      .split('\n')
      .at(-2),
  );
  const silent = policies.filter((policy) => !bad.includes(policy));
  if (policies.length === 0 || silent.length > 0 || good.length > 0) {
    throw new Error(
      `${name}: ${silent.join(', ') || 'no policy'} does not see what is bad, ${good.join(', ') || 'none'} refuses what is good`,
    );
  }
  return `policies ${policies.join(', ')}`;
}

function check(name, tarballs) {
  install(name, tarballs);
  run(join(project, 'node_modules/.bin/tsc'), ['--noEmit', '-p', '.']);
  if (existsSync(join(project, 'PulumiPolicy.yaml'))) {
    return runPolicyPack(name);
  }
  runProgram(name, '--preview');
  return runProgram(name, '--update');
}

let failed = 0;
try {
  const tarballs = new Map(
    ['.', 'epp-config', 'router'].map((folder) => {
      const { name, tarball } = pack(folder, temp);
      return [name, tarball];
    }),
  );
  for (const name of projects()) {
    const start = Date.now();
    const seconds = () => Math.round((Date.now() - start) / 1000);
    try {
      const told = check(name, tarballs);
      console.log(`ok   ${name}: ${told} (${seconds()} s)`);
    } catch (error) {
      failed += 1;
      console.error(`FAIL ${name} (${seconds()} s)\n${error.stdout ?? ''}${error.stderr ?? error.stack}`);
    }
  }
} finally {
  rmSync(temp, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
