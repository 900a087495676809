/**
 * Times the prefix indexes on prompts of 64 KB: `node --import tsx router/bench/prefix.ts`. Medians of batches, and the best batch, which
 * is what the code takes when nothing else runs.
 */
import { pack } from 'msgpackr';
import type { DataProducer, InferenceRequest, PreRequest } from '../src/plugin';
import { ApproxIndex } from '../src/prefix-cache/approx/approx-index';
import { prefixCachePlugins } from '../src/prefix-cache/plugins';
import type { PrecisePrefixCacheProducer } from '../src/prefix-cache/precise/precise-prefix-cache-producer';
import { TestContext } from '../test/support/context';
import { sendsTo, tokenRequest } from '../test/support/prefix-cache';

const TOKENS = 16384;
const SHARED_TOKENS = 8192;
const BATCH = 20;
const BATCHES = 100;

/** A prompt whose first half all conversations share; pseudo tokens are as large as those of an estimate. */
function prompt(conversation: number, estimated: boolean): InferenceRequest {
  const ids = new Uint32Array(TOKENS);
  for (let i = 0; i < TOKENS; i++) {
    const token = Math.imul(i < SHARED_TOKENS ? i : i + conversation * TOKENS, 2654435761) >>> 0;
    ids[i] = estimated ? token : token % 128_000;
  }
  return tokenRequest([ids]);
}

function time(name: string, run: (round: number) => void): void {
  for (let i = 0; i < BATCH * BATCHES; i++) run(i);
  const times = Array.from({ length: BATCHES }, (_, batch) => {
    const start = performance.now();
    for (let i = 0; i < BATCH; i++) run(batch * BATCH + i);
    return ((performance.now() - start) / BATCH) * 1000;
  }).sort((a, b) => a - b);
  console.log(`${name}: ${times[0]!.toFixed(1)} us at best, ${times[BATCHES >> 1]!.toFixed(1)} us in the middle`);
}

function approximate(count: number): void {
  const context = new TestContext();
  const endpoints = context.pods(count);
  const type = 'approx-prefix-cache-producer';
  const plugin = context.make<DataProducer & PreRequest>(prefixCachePlugins[type]!, type);
  const candidates = context.candidates();
  const requests = Array.from({ length: 400 }, (_, i) => prompt(i, true));
  time(`approximate, ${count} endpoints, produce`, (i) => void plugin.produce(requests[i % 400]!, candidates));
  time(`approximate, ${count} endpoints, update `, (i) => plugin.preRequest(requests[i % 400]!, sendsTo(endpoints[(i * 7) % count]!)));
  time(`approximate, ${count} endpoints, produce with all known`, (i) => void plugin.produce(requests[i % 400]!, candidates));
}

function precise(hashAlgorithm: string): void {
  const context = new TestContext();
  context.pods(64);
  const type = 'precise-prefix-cache-producer';
  const plugin = context.make<PrecisePrefixCacheProducer>(prefixCachePlugins[type]!, type, { tokenProcessorConfig: { hashAlgorithm } });
  const candidates = context.candidates();
  const requests = Array.from({ length: 50 }, (_, i) => prompt(i, false));
  const stores = requests.map((request, i) => {
    const ids = request.get('TokenizedPrompt', 'token-producer')!.prompts[0]!.ids;
    const hashes = Array.from({ length: TOKENS / 16 }, (_, block) => (BigInt(i + 1) << 40n) + BigInt(block + 1));
    return pack([0, [['BlockStored', hashes, null, [...ids], 16]]]);
  });
  time(`precise ${hashAlgorithm}, store of 1024 blocks`, (i) => plugin.message(`10.0.0.${1 + (i % 64)}:8000`, 'my-model', stores[i % 50]!));
  time(`precise ${hashAlgorithm}, lookup of 1024 blocks`, (i) => plugin.produce(requests[i % 50]!, candidates));
}

/** Fills an index to the last block and notes the longest pause. */
function growth(): void {
  const index = new ApproxIndex(64, 512 * 1024 * 1024);
  const hashes = new Uint32Array(512);
  let longest = 0;
  for (let added = 0; added < index.most; added += 256) {
    for (let i = 0; i < 512; i++) hashes[i] = (Math.random() * 2 ** 32) >>> 0;
    const start = performance.now();
    index.add(hashes, (added / 256) % 64, 1e9);
    longest = Math.max(longest, performance.now() - start);
  }
  console.log(
    `approximate, ${index.size} blocks: ${(index.bytes / 2 ** 20).toFixed(0)} MiB, longest pause while growing ${longest.toFixed(0)} ms`,
  );
}

for (const count of [8, 64, 512]) approximate(count);
for (const algorithm of ['cbor-fnv', 'xxh64']) precise(algorithm);
growth();
