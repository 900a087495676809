// What scraping costs, from the built package (`npm run build -w router`): `node router/bench/scrape.mjs [seconds]`.
//
// CPU is that of this process, which does nothing but scrape and extract; the model servers are another process. In rows with "busy"
// the event loop also spends that share of its time on something else, as it does while requests are served; this time is not counted.
// "oldest" is the largest age of an endpoint's metrics, "late" how long other work would have waited for the event loop.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pages from './vllm-page.cjs';

const require = createRequire(import.meta.url);
const { EndpointTable } = require('../build/plugin/endpoint-table.js');
const { coreColumns } = require('../build/plugin/data.js');
const { systemClock } = require('../build/plugin/clock.js');
const { MetricsRegistry } = require('../build/telemetry/registry.js');
const { DataLayer } = require('../build/datalayer/data-layer.js');
const { dataLayerPlugins } = require('../build/datalayer/plugins.js');

const SECONDS = Number(process.argv[2] ?? 4);
const WARM_UP_SECONDS = 2;
const BUSY_PIECE_MS = 3;
const ROWS = [
  { endpoints: 8, size: 'small', framing: 'length' },
  { endpoints: 64, size: 'small', framing: 'length' },
  { endpoints: 512, size: 'small', framing: 'length' },
  { endpoints: 8, size: 'large', framing: 'length' },
  { endpoints: 64, size: 'large', framing: 'length' },
  { endpoints: 64, size: 'large', framing: 'chunked' },
  { endpoints: 512, size: 'dead', framing: '-' },
  { endpoints: 64, size: 'large', framing: 'chunked', busy: 0.6 },
  { endpoints: 512, size: 'small', framing: 'length', busy: 0.6 },
];
const SETTINGS = { poolName: 'bench', poolNamespace: 'default', refreshMetricsIntervalMs: 50, metricsStalenessThresholdMs: 2000 };
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

function context(type, endpoints, metrics) {
  const refuse = () => {
    throw new Error('no plugins here');
  };
  const shared = { endpoints, clock: systemClock, random: Math.random, log: silent, metrics, env: {}, settings: SETTINGS };
  return { name: type, type, parameters: {}, plugin: refuse, plugins: () => new Map(), ...shared };
}

function startServers({ size, framing }) {
  if (size === 'dead') return Promise.resolve({ port: 1, bytes: 0, stop() {} });
  const script = fileURLToPath(new URL('scrape-server.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, size, framing], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.stdout.once('data', (line) => resolve({ ...JSON.parse(line), stop: () => child.kill() }));
  });
}

function addEndpoint(table, index, port) {
  const address = `127.0.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const name = `pod-${index}`;
  table.upsert({
    id: `default/${name}`,
    namespace: 'default',
    name,
    address,
    port,
    metricsHost: `${address}:${port}`,
    labels: {},
    rankIndex: 0,
  });
}

/** Keeps the event loop busy in short pieces; tells how many microseconds that took so far. */
function startBusy(share) {
  let micros = 0;
  let running = share > 0;
  const piece = () => {
    const before = process.cpuUsage();
    const began = performance.now();
    while (performance.now() - began < BUSY_PIECE_MS);
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
    if (running) setTimeout(piece, (BUSY_PIECE_MS * (1 - share)) / share);
  };
  if (running) piece();
  return {
    micros: () => micros,
    stop: () => {
      running = false;
    },
  };
}

async function measure(row) {
  const servers = await startServers(row);
  const endpoints = new EndpointTable();
  const metrics = new MetricsRegistry();
  const plugins = new Map(
    ['metrics-data-source', 'core-metrics-extractor'].map((type) => [type, dataLayerPlugins[type](context(type, endpoints, metrics))]),
  );
  let pages = 0;
  const extractor = plugins.get('core-metrics-extractor');
  const extract = extractor.extractMetrics.bind(extractor);
  extractor.extractMetrics = (endpoint, page) => {
    pages++;
    return extract(endpoint, page);
  };
  const config = {
    plugins: [...plugins.keys()].map((name) => ({ name, type: name })),
    dataLayer: { sources: [{ pluginRef: 'metrics-data-source', extractors: ['core-metrics-extractor'] }] },
  };
  for (let i = 0; i < row.endpoints; i++) addEndpoint(endpoints, i, servers.port);
  const options = { config, plugins, endpoints, clock: systemClock, log: silent, metrics, settings: SETTINGS };
  const layer = new DataLayer({ ...options, refreshPrometheusMetricsIntervalMs: 5000 });
  await layer.start();
  const busy = startBusy(row.busy ?? 0);
  await sleep(WARM_UP_SECONDS * 1000);

  const cpu = process.cpuUsage();
  const busyBefore = busy.micros();
  const started = performance.now();
  pages = 0;
  await sleep(SECONDS * 1000);
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const micros = used.user + used.system - (busy.micros() - busyBefore);
  const reached = pages;
  const updatedAt = endpoints.column(coreColumns.updatedAt, Number.NaN);
  const oldest = Math.max(...endpoints.all().map(({ slot }) => performance.now() - updatedAt.at(slot)));
  // Afterwards, since the measurement costs CPU itself.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(1000);
  delay.disable();
  busy.stop();
  layer.stop();
  servers.stop();

  return {
    endpoints: row.endpoints,
    page: row.size === 'dead' ? 'refused' : `${(servers.bytes / 1024).toFixed(1)} KiB ${row.framing}`,
    busy: row.busy ?? 0,
    wanted: row.size === 'dead' ? 0 : row.endpoints * 20,
    reached: Math.round(reached / seconds),
    cores: (micros / 1e6 / seconds).toFixed(3),
    'us/scrape': reached === 0 ? '-' : (micros / reached).toFixed(1),
    'oldest ms': Number.isNaN(oldest) ? '-' : oldest.toFixed(0),
    'late p99 ms': Math.max(0, delay.percentile(99) / 1e6 - 1).toFixed(2),
    MB: Math.round(process.memoryUsage().rss / 1e6),
  };
}

function extractionAlone() {
  const endpoints = new EndpointTable();
  addEndpoint(endpoints, 0, 8000);
  const [endpoint] = endpoints.all();
  const extractor = dataLayerPlugins['core-metrics-extractor'](context('core-metrics-extractor', endpoints, new MetricsRegistry()));
  const bytes = Buffer.from(pages.vllmPage());
  const page = { bytes, start: 0, end: bytes.length, framed: true };
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) extractor.extractMetrics(endpoint, page);
  const started = performance.now();
  for (let i = 0; i < rounds; i++) extractor.extractMetrics(endpoint, page);
  console.log(`extraction from ${bytes.length} bytes: ${(((performance.now() - started) / rounds) * 1000).toFixed(1)} us`);
}

extractionAlone();
const rows = [];
for (const row of ROWS) rows.push(await measure(row));
console.table(rows);
