import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { latencyPlugins } from '../../src/latency/plugins';
import type { PredictedLatencyProducer } from '../../src/latency/predicted-latency-producer';
import { PredictionClient } from '../../src/latency/prediction-client';
import { type PredictionServerSettings, predictionServerSettings } from '../../src/latency/server-settings';
import { TrainingClient } from '../../src/latency/training-client';
import { FakeClock, RecordingLog, request, seededRandom, TestContext } from '../support/context';
import { batchOf, rowOf } from '../support/latency';
import { response } from '../support/responses';

interface Row {
  readonly input_token_length: number;
  readonly [name: string]: unknown;
}

type Answer = (path: string, body: { requests?: Row[]; entries?: Row[] }, reply: ServerResponse) => void;

/** Predicts 2 ms and 1 ms for each input token, and takes all samples. */
const honest: Answer = (path, { requests }, reply) => {
  reply.statusCode = path === '/add_training_data_bulk' ? 202 : 200;
  const predictions = requests?.map((row) => ({ ttft_ms: row.input_token_length * 2, tpot_ms: row.input_token_length }));
  reply.end(JSON.stringify({ predictions, total_requests: requests?.length }));
};

class FakePredictionServer {
  readonly calls: { readonly path: string; readonly body: { requests?: Row[]; entries?: Row[] } }[] = [];
  answer: Answer = honest;
  private readonly server: Server = createServer((incoming, reply) => void this.serve(incoming, reply));

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of incoming) text += chunk;
    const path = `${incoming.url}`;
    const body = JSON.parse(text);
    this.calls.push({ path, body });
    this.answer(path, body, reply);
  }
}

let server: FakePredictionServer;
let url: string;
beforeEach(async () => {
  server = new FakePredictionServer();
  url = await server.listen();
});
afterEach(() => server.close());

const settings = (given: Partial<PredictionServerSettings> = {}): PredictionServerSettings => ({
  predictionUrls: [url],
  trainingUrl: url,
  maxSampleSize: 1000,
  flushIntervalMs: 60_000,
  httpTimeoutMs: 5000,
  maxBulkSize: 100,
  coalesceWindowMs: 1,
  maxCoalescedRows: 0,
  maxConcurrentDispatches: 36,
  ...given,
});

const client = (given: Partial<PredictionServerSettings> = {}): PredictionClient => new PredictionClient(settings(given), seededRandom());

async function predict(by: PredictionClient, tokens: readonly number[]): Promise<{ ttft: number[]; tpot: number[] }> {
  const batch = batchOf(tokens.map((inputTokens) => rowOf({ inputTokens })));
  await by.predict(batch);
  return { ttft: [...batch.ttftMs], tpot: [...batch.tpotMs] };
}

describe('predictions', () => {
  test('send the features under their names', async () => {
    const batch = batchOf(
      [
        rowOf({
          kvUsage: 0.5,
          inputTokens: 10,
          waiting: 1,
          running: 2,
          generatedTokens: 1,
          prefixScore: 0.25,
          encoderInput: 8.4,
          encoderMatched: 3,
          prefillTokens: 99,
        }),
      ],
      'prefill',
    );
    await client().predict(batch);
    expect(server.calls).toEqual([
      {
        path: '/predict/bulk/strict',
        body: {
          requests: [
            {
              kv_cache_percentage: 0.5,
              input_token_length: 10,
              num_request_waiting: 1,
              num_request_running: 2,
              num_tokens_generated: 1,
              prefix_cache_score: 0.25,
              encoder_input_size: 8,
              encoder_matched_size: 3,
              pod_type: 'prefill',
              prefill_tokens_in_flight: 99,
              decode_tokens_in_flight: 0,
            },
          ],
        },
      },
    ]);
  });

  test('of concurrent requests go in one call, each gets its own back', async () => {
    const by = client({ coalesceWindowMs: 20 });
    const [first, second, third] = await Promise.all([predict(by, [1, 2]), predict(by, [30]), predict(by, [4, 5])]);
    expect(server.calls).toHaveLength(1);
    expect(first).toEqual({ ttft: [2, 4], tpot: [1, 2] });
    expect(second).toEqual({ ttft: [60], tpot: [30] });
    expect(third).toEqual({ ttft: [8, 10], tpot: [4, 5] });
    expect(server.calls[0]!.body.requests![0]).not.toHaveProperty('pod_type');
  });

  test('that waited too long for a slow server are not asked for any more', async () => {
    const clock = new FakeClock();
    const by = new PredictionClient(settings({ coalesceWindowMs: 0, maxConcurrentDispatches: 1 }), seededRandom(), clock);
    let release = (): void => {};
    const asked = new Promise<void>((resolve) => {
      server.answer = (...call) => {
        server.answer = honest;
        release = () => honest(...call);
        resolve();
      };
    });
    const first = predict(by, [1]);
    const late = predict(by, [2]);
    await asked;
    clock.advance(900);
    const fresh = predict(by, [3]);
    clock.advance(200);
    const refused = expect(late).rejects.toThrow('the prediction server is too slow');
    release();
    await Promise.all([first, refused]);
    expect(await fresh).toEqual({ ttft: [6], tpot: [3] });
    expect(server.calls.map(({ body }) => body.requests?.[0]?.input_token_length)).toEqual([1, 3]);
  });

  test('do not wait without a window, nor once enough rows are gathered', async () => {
    const apart = client({ coalesceWindowMs: 0 });
    await Promise.all([predict(apart, [1]), predict(apart, [2])]);
    expect(server.calls).toHaveLength(2);
    const capped = client({ coalesceWindowMs: 60_000, maxCoalescedRows: 3 });
    await Promise.all([predict(capped, [1, 2]), predict(capped, [3])]);
    expect(server.calls).toHaveLength(3);
  });

  test('for more endpoints than one bulk takes go in parts', async () => {
    const tokens = Array.from({ length: 250 }, (_, i) => i);
    const { ttft } = await predict(client({ coalesceWindowMs: 0 }), tokens);
    expect(ttft).toEqual(tokens.map((count) => count * 2));
    expect(server.calls.map(({ body }) => body.requests!.length).sort()).toEqual([100, 100, 50]);
  });

  test('are at most so many calls at a time', async () => {
    let running = 0;
    let most = 0;
    server.answer = (path, body, reply) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        honest(path, body, reply);
      }, 5);
    };
    const by = client({ coalesceWindowMs: 0, maxConcurrentDispatches: 3 });
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => predict(by, [i])));
    expect(most).toBe(3);
    expect(all.map(({ ttft }) => ttft[0])).toEqual(Array.from({ length: 12 }, (_, i) => i * 2));
  });

  test.each<[string, Answer, RegExp]>([
    ['an error', (_path, _body, reply) => reply.writeHead(503).end('no model yet'), /answered 503: no model yet/],
    ['too few predictions', (_path, _body, reply) => reply.end('{"predictions":[]}'), /answered 0 of 1 predictions/],
    ['no predictions', (_path, _body, reply) => reply.end('{}'), /has no predictions/],
    ['no JSON', (_path, _body, reply) => reply.end('<html>'), /JSON/],
    ['nothing in time', () => undefined, /timeout/],
    ['a broken connection', (_path, _body, reply) => reply.destroy(), /fetch failed/],
  ])('fail when the server gives %s, and work again after it', async (_, answer, message) => {
    const by = client({ httpTimeoutMs: 60, maxConcurrentDispatches: 1 });
    server.answer = answer;
    await expect(predict(by, [1])).rejects.toThrow(message);
    server.answer = honest;
    await expect(predict(by, [1])).resolves.toEqual({ ttft: [2], tpot: [1] });
  });

  test('that are no numbers are not known', async () => {
    server.answer = (_path, _body, reply) => reply.end('{"predictions":[{"ttft_ms":"5"},null]}');
    expect(await predict(client(), [1, 2])).toEqual({ ttft: [Number.NaN, Number.NaN], tpot: [Number.NaN, Number.NaN] });
  });

  test('that wait are refused at shutdown', async () => {
    const by = client({ coalesceWindowMs: 60_000 });
    const waiting = predict(by, [1]);
    by.stop();
    await expect(waiting).rejects.toThrow('shuts down');
  });
});

describe('samples', () => {
  const sample = (inputTokens: number) => ({ row: rowOf({ inputTokens }), podType: 'decode', ttftMs: 0, tpotMs: 12.5 });
  const training = (given: Partial<PredictionServerSettings> = {}) => {
    const log = new RecordingLog();
    return { log, by: new TrainingClient(settings(given), new FakeClock(), seededRandom(), log) };
  };

  test('are sent in one call with their latencies and time', async () => {
    const { by } = training();
    by.add(sample(7));
    await by.flush();
    await by.flush();
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]!.path).toBe('/add_training_data_bulk');
    expect(server.calls[0]!.body.entries).toEqual([
      expect.objectContaining({
        input_token_length: 7,
        pod_type: 'decode',
        actual_ttft_ms: 0,
        actual_tpot_ms: 12.5,
        timestamp: '2026-01-01T00:00:00.000Z',
      }),
    ]);
  });

  test('are drawn fairly when there are too many', async () => {
    const { by } = training({ maxSampleSize: 200 });
    for (let i = 0; i < 2000; i++) by.add(sample(i));
    await by.flush();
    const kept = server.calls[0]!.body.entries!.map((entry) => entry.input_token_length);
    expect(kept).toHaveLength(200);
    expect(new Set(kept).size).toBe(200);
    const mean = kept.reduce((sum, value) => sum + value, 0) / 200;
    expect(mean).toBeGreaterThan(850);
    expect(mean).toBeLessThan(1150);
  });

  test('that can not be sent are lost with a warning', async () => {
    const { by, log } = training();
    server.answer = (_path, _body, reply) => reply.end();
    by.add(sample(1));
    await by.flush();
    expect(log.messages('warn')).toEqual(['latency samples could not be sent to the training server']);
    server.answer = honest;
    by.add(sample(2));
    await by.flush();
    expect(server.calls[1]!.body.entries).toHaveLength(1);
  });

  test('are sent from time to time, and the rest at shutdown', async () => {
    const { by } = training({ flushIntervalMs: 5 });
    by.start();
    by.add(sample(1));
    while (server.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    by.add(sample(2));
    await by.stop();
    expect(server.calls.flatMap(({ body }) => body.entries!.map((entry) => entry.input_token_length))).toEqual([1, 2]);
  });
});

test('the producer uses the server that the environment names, for predictions and samples', async () => {
  const type = 'predicted-latency-producer';
  const context = new TestContext({ env: { PREDICTION_SERVER_URL: ` ${url}/ , ${url}`, TRAINING_SERVER_URL: url } });
  const producer = context.make<PredictedLatencyProducer>(latencyPlugins[type]!, type);
  const [a] = context.pods(3);
  producer.start();
  const asked = request({ headers: { 'x-llm-d-slo-ttft-ms': '15' } });
  asked.put('TokenizedPrompt', 'token-producer', { prompts: [{ ids: new Uint32Array(10), features: [] }], estimated: true });
  await producer.produce(asked, context.candidates());
  expect(asked.get('LatencyPredictionInfo', type)!.ttftHeadroomMs[a!.slot]).toBe(-5);
  producer.preRequest(asked, { profiles: new Map([['p', { targets: [a!] }]]), primary: 'p' });
  context.clock.advance(33);
  producer.responseEnd(asked, response({ cause: 'complete' }));
  await producer.stop();
  expect(server.calls.map(({ path }) => path)).toEqual(['/predict/bulk/strict', '/add_training_data_bulk']);
  expect(server.calls[1]!.body.entries).toEqual([expect.objectContaining({ actual_ttft_ms: 33, num_tokens_generated: 0 })]);
});

describe('settings', () => {
  const read = (env: Record<string, string>) => {
    const log = new RecordingLog();
    return { log, settings: predictionServerSettings(env, log) };
  };

  test('are absent without a server', () => {
    expect(read({}).settings).toBeUndefined();
    expect(read({ PREDICTION_SERVER_URL: ' , ' }).settings).toBeUndefined();
  });

  test('have upstream defaults', () => {
    expect(read({ PREDICTION_SERVER_URL: 'http://a:8001, https://b/x/' }).settings).toEqual({
      predictionUrls: ['http://a:8001', 'https://b/x'],
      trainingUrl: 'http://localhost:8000',
      maxSampleSize: 1000,
      flushIntervalMs: 1000,
      httpTimeoutMs: 10_000,
      maxBulkSize: 100,
      coalesceWindowMs: 1,
      maxCoalescedRows: 0,
      maxConcurrentDispatches: 36,
    });
  });

  test('are read from the environment; bad numbers are told and replaced', () => {
    const { settings: got, log } = read({
      PREDICTION_SERVER_URL: 'http://a',
      LATENCY_MAX_SAMPLE_SIZE: '5',
      LATENCY_FLUSH_INTERVAL_SEC: '2',
      LATENCY_COALESCE_WINDOW_MS: '0',
      LATENCY_MAX_BULK_SIZE: '101',
      LATENCY_HTTP_TIMEOUT_SEC: '1.5',
      LATENCY_MAX_CONCURRENT_DISPATCHES: '0',
    });
    expect(got).toMatchObject({ maxSampleSize: 5, flushIntervalMs: 2000, coalesceWindowMs: 0, maxBulkSize: 100, httpTimeoutMs: 10_000 });
    expect(got!.maxConcurrentDispatches).toBe(36);
    expect(log.lines.map(({ fields }) => fields.name)).toEqual([
      'LATENCY_HTTP_TIMEOUT_SEC',
      'LATENCY_MAX_BULK_SIZE',
      'LATENCY_MAX_CONCURRENT_DISPATCHES',
    ]);
  });

  test.each([{ PREDICTION_SERVER_URL: 'localhost:8001' }, { PREDICTION_SERVER_URL: 'http://a', TRAINING_SERVER_URL: 'nowhere' }])(
    'do not start with %j',
    (env) => {
      expect(() => read(env as Record<string, string>)).toThrow(/_SERVER_URL holds "/);
    },
  );
});
