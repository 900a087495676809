/** Times the approximate prefix index: `node --import tsx router/bench/prefix.ts`. */

import type { DataProducer, PreRequest } from '../src/plugin/plugins';
import { prefixCachePlugins } from '../src/prefix-cache/plugins';
import { request, TestContext } from '../test/support/context';

const TOKENS = 16384;
const SYSTEM_TOKENS = 8192;
const ROUNDS = 4000;

function run(count: number, sharers: number): void {
  const context = new TestContext();
  const endpoints = context.pods(count);
  const factory = prefixCachePlugins['approx-prefix-cache-producer']!;
  const plugin = context.make<DataProducer & PreRequest>(factory, 'approx-prefix-cache-producer');
  const candidates = context.candidates();
  const produce: number[] = [];
  const update: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ids = new Uint32Array(TOKENS);
    const conversation = round % 500;
    for (let i = 0; i < TOKENS; i++) ids[i] = i < SYSTEM_TOKENS ? i : Math.imul(i + conversation * TOKENS, 2654435761);
    const call = request({ id: `request-${round}` });
    call.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids, features: [] }], estimated: true });
    const target = endpoints[(round * 7) % Math.min(count, sharers)]!;
    const start = performance.now();
    void plugin.produce(call, candidates);
    const middle = performance.now();
    plugin.preRequest(call, { primary: 'default', profiles: new Map([['default', { targets: [target] }]]) });
    const end = performance.now();
    if (round < ROUNDS / 2) continue;
    produce.push((middle - start) * 1000);
    update.push((end - middle) * 1000);
  }
  const show = (times: number[]): string => {
    times.sort((a, b) => a - b);
    return [0.5, 0.9, 0.99].map((q) => times[Math.floor(times.length * q)]!.toFixed(1)).join(' / ');
  };
  console.log(`${String(count).padStart(4)} endpoints: produce ${show(produce)} us, update ${show(update)} us (p50 / p90 / p99)`);
}

for (const count of [8, 64, 512]) run(count, count);
