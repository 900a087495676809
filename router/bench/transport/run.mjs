// Compares what a request costs over three transports, one after the other, two passes:
//   npm run build -w epp-config -w router && node run.mjs EXTPROCLOAD
// EXTPROCLOAD is a program that drives an ext_proc port as Envoy does and prints one JSON line per level (`-json`).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STUBS = ['grpc-js', 'node-http2', 'own'];
const SIZES = [200, 65_536];
const LEVELS = '1,16,64';
const PASSES = 2;
const PORT = 9180;

const [load] = process.argv.slice(2);
if (load === undefined) {
  throw new Error('usage: node run.mjs EXTPROCLOAD');
}

function start(stub, port) {
  const file = fileURLToPath(new URL(`stub-${stub}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => child.stdout.once('data', () => resolve(child)));
}

const results = join(mkdtempSync(join(tmpdir(), 'transport-')), 'results.jsonl');
for (let pass = 0; pass < PASSES; pass++) {
  for (const size of SIZES) {
    for (const [index, stub] of STUBS.entries()) {
      const child = await start(stub, PORT + index);
      const shape = ['-prompt-bytes', String(size), '-concurrency', LEVELS, '-duration', '3s', '-warmup', '1s'];
      const output = ['-pids', `stub=${child.pid}`, '-json', results, '-label', `${stub} pass ${pass + 1}`];
      execFileSync(load, ['-target', `127.0.0.1:${PORT + index}`, ...shape, ...output], { stdio: 'inherit' });
      child.kill();
    }
  }
}
console.log(readFileSync(results, 'utf8'));
