// Time and memory of synthesizing N ModelServings in one chart, from the built package: `npm run bench:synth`.
//
// "first" is the first synth of a process, what a user of the CLI waits for after the modules are loaded; peak memory is of that
// process. "warm" is a synth after the compiler has seen the code: without the fixed costs of a start it shows how the cost of an
// object grows with their number, which the ratio sums up. Every figure is the median over processes of their own.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COUNTS = [1, 10, 100, 1000];
const RUNS = 5;
const MAX_RATIO = 1.5;

const SERIES = [
  { title: 'servings alone', mode: 'alone' },
  { title: 'servings, all routed by one gateway', mode: 'gateway' },
];

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function run(count, mode) {
  const script = fileURLToPath(new URL('synth-once.mjs', import.meta.url));
  // Warnings of the library go to stderr, 1,000 times; errors are in what execFileSync throws.
  return JSON.parse(execFileSync(process.execPath, [script, String(count), mode], { encoding: 'utf8', stdio: 'pipe' }));
}

function measure(count, mode) {
  const runs = Array.from({ length: RUNS }, () => run(count, mode));
  const of = (key) => median(runs.map((result) => result[key]));
  return { count, objects: runs[0].objects, first: of('firstMs'), warm: of('warmMs'), before: of('beforeMib'), peak: of('peakMib') };
}

console.log(`Node ${process.version}, medians of ${RUNS} processes`);
for (const { title, mode } of SERIES) {
  const rows = COUNTS.map((count) => measure(count, mode));
  console.log(`\n${title}`);
  console.table(
    rows.map(({ count, objects, first, warm, before, peak }) => ({
      servings: count,
      objects,
      'first ms': Number(first.toFixed(1)),
      'warm ms': Number(warm.toFixed(1)),
      'warm us/object': Math.round((warm * 1000) / objects),
      'RSS before MiB': Math.round(before),
      'peak RSS MiB': Math.round(peak),
    })),
  );
  const cost = (servings) => rows.filter(({ count }) => count === servings).map(({ warm, objects }) => warm / objects)[0];
  const ratio = cost(1000) / cost(10);
  const verdict = ratio <= MAX_RATIO ? 'met' : 'MISSED';
  console.log(`warm cost of an object, 1000 servings against 10: ${ratio.toFixed(2)}x (target: at most ${MAX_RATIO}x, ${verdict})`);
}
