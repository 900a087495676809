import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtInEngines } from '../../src/datalayer/extractors/engine-catalog';
import { coreColumns } from '../../src/plugin/data';
import { envoyBinary } from '../envoy/envoy-process';
import type { CacheModel } from './cache-model';
import { type Completion, eventually, post, type RoutedFront, Stage } from './stage';
import { BLOCK_SIZE, CACHE_BLOCKS, installedVllm, MODEL, type VllmServer } from './vllm-server';

const MINUTE = 60_000;
jest.setTimeout(MINUTE);
const root = installedVllm();
const envoy = root === undefined ? undefined : envoyBinary();
const describeWithVllm = root === undefined || envoy === undefined ? describe.skip : describe;

const WORDS = readFileSync(__filename, 'utf8').match(/[a-z]{3,}/g) as readonly string[];

/** Words that are the same for the same seed. */
function words(seed: number, count: number): string {
  let state = seed * 2654435761 + 1;
  const next = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return WORDS[state % WORDS.length] as string;
  };
  return Array.from({ length: count }, next).join(' ');
}

describeWithVllm('with real vLLM servers', () => {
  const stage = new Stage(root as string, envoy as string);
  let fronts: readonly RoutedFront[] = [];
  let first: VllmServer;
  let second: VllmServer;
  let models: readonly [CacheModel, CacheModel];
  beforeAll(async () => {
    await stage.start();
    fronts = [stage.exact, stage.plain];
    [first, second] = stage.servers;
    models = stage.models;
  }, 10 * MINUTE);
  afterAll(() => stage.stop(), MINUTE);

  /** Every router knows exactly the blocks that the servers hold. */
  const expectAgreement = async (...which: readonly RoutedFront[]): Promise<void> => {
    for (const front of which.length === 0 ? fronts : which) {
      const { known, expected } = await stage.compare(front);
      expect(known).toEqual(expected);
    }
  };
  const complete = (server: VllmServer, prompt: string | readonly number[], more: object = {}) =>
    post(server.url, '/v1/completions', { model: MODEL, prompt, max_tokens: 1, ...more });
  /** Sends prompts that take twice the room of a cache. */
  const fill = async (server: VllmServer, seed: number): Promise<void> => {
    for (let i = 0; i < 12; i++)
      await complete(
        server,
        Array.from({ length: 1900 }, (_, at) => 2 + ((at * 7 + i * 31 + seed) % 1000)),
      );
  };

  test('the events are those of the endpoints', () => {
    models.forEach((model, i) => {
      expect([...model.topics]).toEqual([`kv@${(stage.servers[i] as VllmServer).host}@${MODEL}`]);
      expect(model.events.AllBlocksCleared).toBeGreaterThan(0);
    });
  });

  describe('20 prefixes', () => {
    const prefixes = Array.from({ length: 20 }, (_, i) => words(i + 1, 150));
    let holders: { readonly host: string; readonly blocks: number }[];

    beforeAll(async () => {
      await stage.emptyCaches();
      for (const prefix of prefixes) {
        const answer = await stage.exact.ask('/v1/completions', { prompt: `${prefix} one`, max_tokens: 1 });
        expect(answer.status).toBe(200);
        expect([...answer.shares.values()]).toEqual([0, 0]);
      }
      await expectAgreement();
      holders = await Promise.all(prefixes.map(async (prefix) => stage.holder(await stage.tokens(prefix))));
    }, 3 * MINUTE);

    test('are long, and both servers hold some of them', () => {
      for (const { blocks } of holders) expect(blocks).toBeGreaterThanOrEqual(6);
      expect(new Set(holders.map(({ host }) => host)).size).toBe(2);
    });

    test.each([
      ['/v1/completions/render and whole blocks', 0],
      ['/tokenize and half blocks', 1],
    ])('each go where they are held, by %s', async (_, which) => {
      const front = fronts[which] as RoutedFront;
      let right = 0;
      for (const [i, prefix] of prefixes.entries()) {
        const { host, blocks } = holders[i] as (typeof holders)[number];
        const prompt = `${prefix} ${which} another end`;
        const answer = await front.ask('/v1/completions', { prompt, max_tokens: 1 });
        // What the server itself found in its cache is what the router said it would.
        const whole = Math.floor(answer.body.usage.prompt_tokens / front.options.blockSize);
        const said = Math.round((answer.shares.get(host) ?? 0) * whole) * front.options.blockSize;
        expect(answer.body.usage.prompt_tokens_details.cached_tokens).toBe(blocks * BLOCK_SIZE);
        // A server finds whole blocks only; a router with smaller ones may count a part of the next block.
        expect(Math.floor(said / BLOCK_SIZE)).toBe(blocks);
        if (front.options.blockSize === BLOCK_SIZE) expect(said).toBe(blocks * BLOCK_SIZE);
        if (answer.picked === host) right++;
      }
      expect(right).toBe(20);
    });

    test(
      'are gone after the caches were filled with other prompts, and the routers know it',
      async () => {
        const before = models.map(({ events }) => events.BlockRemoved ?? 0);
        await Promise.all(stage.servers.map((server, i) => fill(server, i)));
        await expectAgreement();
        models.forEach((model, i) => {
          expect((model.events.BlockRemoved ?? 0) - (before[i] as number)).toBeGreaterThan(CACHE_BLOCKS);
          expect(model.jumps).toEqual([]);
        });
        for (const front of fronts) {
          const answer = await front.ask('/v1/completions', { prompt: `${prefixes[0]} three`, max_tokens: 1 });
          expect([...answer.shares.values()]).toEqual([0, 0]);
          await stage.emptyCaches();
        }
      },
      3 * MINUTE,
    );
  });

  test('the log says which way tokens are had', () => {
    expect(stage.plain.log).toContain('the server has no render endpoint');
    expect(stage.exact.log).not.toContain('the server has no render endpoint');
  });

  test(
    'copies of a block in two places of a cache are told apart from one',
    async () => {
      const copied = models[0].copied;
      const aligned = Array.from({ length: 4 * BLOCK_SIZE }, (_, at) => 100 + at);
      // The last block is computed again although it is cached: its last token is needed.
      await complete(first, aligned);
      await complete(first, aligned);
      await complete(first, aligned);
      await eventually(
        () => models[0].copied,
        (count) => count > copied,
      );
      expect(models[0].copied).toBeGreaterThan(copied);
      await expectAgreement();
      await fill(first, 5);
      await expectAgreement();
    },
    MINUTE,
  );

  test('prompts with a salt find only their own blocks', async () => {
    await stage.emptyCaches();
    const prompt = words(50, 150);
    const ask = (cacheSalt: string) => stage.exact.ask('/v1/completions', { prompt, max_tokens: 1, cache_salt: cacheSalt });
    const { picked } = await ask('pepper');
    await expectAgreement();
    expect([...(await ask('sugar')).shares.values()]).toEqual([0, 0]);
    const again = await ask('pepper');
    expect(again.picked).toBe(picked);
    expect(again.body.usage.prompt_tokens_details.cached_tokens).toBeGreaterThanOrEqual(6 * BLOCK_SIZE);
    await expectAgreement();
  });

  test.each([0, 1])('conversations go where they were, by router %d', async (which) => {
    const front = fronts[which] as RoutedFront;
    await stage.emptyCaches();
    const messages = [{ role: 'user', content: words(60, 120) }];
    const before = await front.ask('/v1/chat/completions', { messages, max_tokens: 4 });
    await expectAgreement();
    messages.push({ role: 'assistant', content: 'indeed' }, { role: 'user', content: words(61, 10) });
    const after = await front.ask('/v1/chat/completions', { messages, max_tokens: 4 });
    expect(after.picked).toBe(before.picked);
    const { cached_tokens: cached } = after.body.usage.prompt_tokens_details;
    expect(cached).toBeGreaterThanOrEqual(4 * BLOCK_SIZE);
    const whole = Math.floor(after.body.usage.prompt_tokens / front.options.blockSize);
    const said = Math.round((after.shares.get(after.picked) ?? 0) * whole) * front.options.blockSize;
    expect(Math.floor(said / BLOCK_SIZE) * BLOCK_SIZE).toBe(cached);
  });

  test.each(['/v1/chat/completions', '/v1/completions'])('usage of events of %s is counted', async (path) => {
    const kinds = ['input', 'output', 'cached'];
    const count = () => Promise.all(kinds.map((kind) => stage.exact.metric(`llm_d_epp_request_${kind}_tokens_sum`)));
    const prompt = path.includes('chat') ? { messages: [{ role: 'user', content: words(70, 100) }] } : { prompt: words(71, 100) };
    const body = { model: MODEL, ...prompt, max_tokens: 7, ignore_eos: true, stream: true, stream_options: { include_usage: true } };
    for (const blocks of [0, 4]) {
      const before = await count();
      const response = await fetch(`${stage.exact.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const text = await response.text();
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
      const events = text
        .split('\n\n')
        .filter((event) => event.startsWith('data: {'))
        .map((event) => JSON.parse(event.slice(6)) as Partial<Completion['body']>);
      const usage = events.at(-1)?.usage;
      const cached = usage?.prompt_tokens_details.cached_tokens;
      // Tokens that come at once, or that are a character together, share an event.
      expect(events.length).toBeGreaterThanOrEqual(3);
      expect(usage?.completion_tokens).toBe(7);
      expect(cached).toBeGreaterThanOrEqual(blocks * BLOCK_SIZE);
      const after = await eventually(count, ([, output]) => (output ?? 0) > (before[1] as number));
      expect(after.map((value, i) => value - (before[i] as number))).toEqual([usage?.prompt_tokens, 7, cached]);
      await expectAgreement();
    }
  });

  test(
    'the pages have the series of the catalog, and their numbers move under load',
    async () => {
      const page = await (await fetch(`${first.url}/metrics`)).text();
      const engine = builtInEngines.find(({ name }) => name === 'vllm');
      for (const name of [engine?.queuedRequestsSpec, engine?.runningRequestsSpec, engine?.kvUsageSpec, engine?.cacheInfoSpec])
        expect(page).toContain(`\n${name}{`);
      const at = async () => (await stage.exact.values())[first.host] as Record<string, number>;
      const now = await eventually(at, (values) => values[coreColumns.running] === 0);
      expect(now).toMatchObject({
        [coreColumns.cacheBlockSize]: BLOCK_SIZE,
        [coreColumns.cacheNumBlocks]: CACHE_BLOCKS,
        [coreColumns.waiting]: 0,
        [coreColumns.running]: 0,
      });
      const load = Array.from({ length: 10 }, (_, i) => complete(first, words(80 + i, 100), { max_tokens: 150, ignore_eos: true }));
      const busy = await eventually(
        at,
        (values) => (values[coreColumns.waiting] as number) > 0 && (values[coreColumns.running] as number) > 0,
      );
      expect(busy[coreColumns.running]).toBe(4);
      expect(busy[coreColumns.waiting]).toBeGreaterThan(0);
      expect(busy[coreColumns.waiting]).toBeLessThanOrEqual(6);
      expect(busy[coreColumns.kvUsage]).toBeGreaterThan(0);
      expect(busy[coreColumns.kvUsage]).toBeLessThan(1);
      await Promise.all(load);
      const idle = await eventually(at, (values) => values[coreColumns.waiting] === 0 && values[coreColumns.running] === 0);
      expect([idle[coreColumns.waiting], idle[coreColumns.running]]).toEqual([0, 0]);
    },
    MINUTE,
  );

  test(
    'lost messages are asked for again',
    async () => {
      await stage.emptyCaches();
      await expectAgreement();
      const gaps = await stage.exact.metric('llm_d_epp_kv_cache_events_sequence_gaps_total', '/server-0"');
      await stage.relays[0]?.cut();
      for (let i = 0; i < 3; i++) await complete(first, words(200 + i, 100));
      await sleep(300);
      expect((await stage.exact.holdings())[first.host]?.blocks).toBe(0);
      await stage.relays[0]?.listen();
      // The gap shows with the first message after it.
      await eventually(
        async () => {
          await complete(first, words(Math.random() * 1e6, 40));
          return stage.exact.metric('llm_d_epp_kv_cache_events_sequence_gaps_total', '/server-0"');
        },
        (count) => count > gaps,
        20_000,
      );
      await expectAgreement(stage.exact);
      expect(await stage.exact.metric('llm_d_epp_kv_cache_events_sequence_gaps_total', '/server-0"')).toBe(gaps + 1);
      // Without a replay socket the router knows less, never something wrong.
      const { known, expected } = await stage.compare(stage.plain);
      expect(known[first.host]?.blocks).toBeLessThan(expected[first.host]?.blocks as number);
      await stage.emptyCaches();
      await expectAgreement();
    },
    MINUTE,
  );

  test(
    'what a restarted server held is forgotten, and what it stores is learnt',
    async () => {
      const prompt = words(300, 150);
      await complete(second, prompt);
      await expectAgreement();
      const restarts = (front: RoutedFront) => front.metric('llm_d_epp_kv_cache_events_engine_restarts_total', '/server-1"');
      const before = await Promise.all(fronts.map(restarts));
      await second.kill();
      const askFive = async () => {
        const answers = [];
        for (let i = 0; i < 5; i++) answers.push(await stage.exact.ask('/v1/completions', { prompt, max_tokens: 1 }));
        return answers.map(({ status, picked }) => `${status} ${picked}`);
      };
      // Until its metrics are stale, the dead server still counts, the more so as it held the prompt.
      const alone = await eventually(askFive, (answers) => answers.every((answer) => answer === `200 ${first.host}`));
      expect(new Set(alone)).toEqual(new Set([`200 ${first.host}`]));
      models[1].clear();
      await second.start();
      await complete(second, words(302, 150));
      await expectAgreement();
      expect(models[1].size).toBeGreaterThan(0);
      expect(await Promise.all(fronts.map(restarts))).toEqual(before.map((count) => count + 1));
      const { shares } = await stage.exact.ask('/v1/completions', { prompt, max_tokens: 1 });
      expect(shares.get(first.host)).toBeGreaterThan(0.9);
      expect(shares.get(second.host)).toBe(0);
      await expectAgreement();
    },
    8 * MINUTE,
  );
});
