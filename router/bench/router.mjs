// Measures endpoint pickers side by side: `npm run bench:router -- --help`.
//
// One picker runs at a time, and they take turns in every pass, so that what else the machine does meets all of them. Numbers are medians
// over the passes.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadTools } from './router/load-tools.mjs';
import { median, table } from './router/report.mjs';
import { groupRows, SCRAPE_INTERVAL_MS } from './router/rows.mjs';

const USAGE = `usage: npm run bench:router -- [options]
  --epp 'NAME=COMMAND'  an endpoint picker; may be given several times (default: this router, which is also --epp router).
                        {config} {grpc} {health} {metrics} {admin} in COMMAND are a file and ports; without any of them the usual flags
                        are appended. COMMAND is split at blanks and started without a shell.
  --rows REGEXP         which rows, by their names such as "8 x 200 B, 16 streams" (default: all)
  --seconds N           measured time of a row (default: 3)
  --passes N            (default: 3)
  --base-port N         first port of the fake model servers (default: 24000)
`;

const FLAGS =
  '--config-file={config} --pool-name=bench --pool-namespace=default --grpc-port={grpc} --grpc-health-port={health} ' +
  '--metrics-port={metrics} --secure-serving=false --metrics-endpoint-auth=false --tracing=false --v=1';
const THIS_ROUTER = `${process.execPath} ${fileURLToPath(new URL('../build/main.js', import.meta.url))} ${FLAGS}`;

const { values: options } = parseArgs({
  options: {
    epp: { type: 'string', multiple: true, default: ['router'] },
    rows: { type: 'string', default: '' },
    seconds: { type: 'string', default: '3' },
    passes: { type: 'string', default: '3' },
    'base-port': { type: 'string', default: '24000' },
    help: { type: 'boolean', default: false },
  },
});

/** Name and command of `--epp`. */
function pickerOf(text) {
  if (text === 'router') return { name: 'router', command: THIS_ROUTER };
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--epp ${JSON.stringify(text)}: write NAME=COMMAND`);
  const command = text.slice(at + 1);
  return { name: text.slice(0, at), command: /\{\w+\}/.test(command) ? command : `${command} ${FLAGS}` };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Started program; `ready` tells by what it printed or by trying. */
function start(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const program = { child, output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    program.output = `${program.output}${text}`.slice(-20_000);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    program.errors = `${program.errors}${text}`.slice(-2000);
  });
  child.once('error', (error) => {
    program.errors += error.message;
  });
  program.ended = new Promise((resolve) => child.once('close', resolve));
  program.stop = async () => {
    child.kill('SIGKILL');
    await program.ended;
  };
  return program;
}

async function until(what, program, done) {
  for (let i = 0; i < 400; i++) {
    if (await done()) return;
    if (program.child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`${what}:\n${program.errors}${program.output}`);
}

/** The scorers of llm-d's optimized-baseline guide, over the fake model servers. */
function configuration(endpoints) {
  const weights = { 'queue-scorer': 2, 'kv-cache-utilization-scorer': 2, 'prefix-cache-scorer': 3, 'no-hit-lru-scorer': 2 };
  const scorers = Object.entries(weights).map(([pluginRef, weight]) => ({ pluginRef, weight }));
  const types = [...Object.keys(weights), 'max-score-picker', 'metrics-data-source', 'core-metrics-extractor'];
  return {
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    plugins: [{ type: 'file-discovery', parameters: { path: endpoints } }, ...types.map((type) => ({ type }))],
    schedulingProfiles: [{ name: 'default', plugins: [...scorers, { pluginRef: 'max-score-picker' }] }],
    dataLayer: {
      injectDefaults: false,
      discovery: { pluginRef: 'file-discovery' },
      sources: [{ pluginRef: 'metrics-data-source', extractors: [{ pluginRef: 'core-metrics-extractor' }] }],
    },
  };
}

/** Runs the rows of a group with one picker; rows of a group have servers and prompt in common. */
async function runGroup(picker, group, tools, folder) {
  const basePort = Number(options['base-port']);
  const endpoints = join(folder, 'endpoints.yaml');
  const config = join(folder, 'config.yaml');
  const size = group.pages === 'large' ? ['-large'] : [];
  const servers = start(tools.fakemetrics, ['-n', String(group.endpoints), '-base-port', String(basePort), '-out', endpoints, ...size]);
  let epp;
  try {
    await until('the fake model servers do not start', servers, () => servers.output.includes('endpoints'));
    writeFileSync(config, JSON.stringify(configuration(endpoints)));
    const [grpc, health, metrics, admin] = await freePorts(4);
    const given = { config, grpc, health, metrics, admin };
    const words = picker.command.split(/\s+/).map((word) => word.replace(/\{(\w+)\}/g, (all, key) => given[key] ?? all));
    epp = start(words[0], words.slice(1), { LLM_D_EPP_ADMIN_PORT: String(admin) });
    const load = (args) => [
      `-target=127.0.0.1:${grpc}`,
      `-prompt-bytes=${group.promptBytes}`,
      `-shared-bytes=${group.sharedBytes}`,
      ...args,
    ];
    const probe = load(['-streams=1', '-warm-up=0s', '-duration=200ms']);
    await until(`${picker.name} answers nothing`, epp, () => isReady(tools.extprocload, probe));
    const results = new Map();
    for (const row of group.rows) {
      const about = [`-pid=${epp.child.pid}`, `-scrapes=http://127.0.0.1:${basePort}/scrapes`, `-duration=${options.seconds}s`];
      const measured = start(tools.extprocload, load([`-streams=${row.streams}`, ...about]));
      await measured.ended;
      if (measured.child.exitCode !== 0) throw new Error(`${row.name}, ${picker.name}: ${measured.errors}${epp.errors}`);
      results.set(row.name, JSON.parse(measured.output));
    }
    return results;
  } finally {
    await epp?.stop();
    await servers.stop();
  }
}

/** A picker is ready when it answers without an error. */
function isReady(program, args) {
  try {
    const { rate, errors } = JSON.parse(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return rate > 0 && errors === 0;
  } catch {
    return false;
  }
}

async function main() {
  const pickers = options.epp.map(pickerOf);
  const groups = groupRows(new RegExp(options.rows));
  if (groups.length === 0) throw new Error(`no row is called like --rows ${options.rows}`);
  const tools = loadTools();
  const folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-bench-'));
  /** By row, then by picker: a list with a result of each pass. */
  const all = new Map(groups.flatMap(({ rows }) => rows.map((row) => [row.name, new Map(pickers.map(({ name }) => [name, []]))])));
  try {
    for (let pass = 1; pass <= Number(options.passes); pass++) {
      for (const group of groups) {
        // Who is first takes turns too.
        for (const picker of pass % 2 === 0 ? [...pickers].reverse() : pickers) {
          process.stderr.write(`pass ${pass} of ${options.passes}: ${picker.name}, ${group.name}\n`);
          const results = await runGroup(picker, group, tools, folder);
          for (const [row, result] of results) all.get(row).get(picker.name).push(result);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const wanted = new Map(groups.flatMap(({ rows, endpoints }) => rows.map((row) => [row.name, (endpoints * 1000) / SCRAPE_INTERVAL_MS])));
  process.stdout.write(
    table(
      all,
      wanted,
      pickers.map(({ name }) => name),
    ),
  );
  const others = median([...all.values()].flatMap((byPicker) => [...byPicker.values()].flat().map(({ otherCores }) => otherCores)));
  process.stdout.write(`\nMedians of ${options.passes} passes of ${options.seconds} s. Other programs took ${others.toFixed(2)} cores.\n`);
}

if (options.help) process.stdout.write(USAGE);
else await main();
