import type { JsonObject } from 'llm-d-epp-config';
import { pack } from 'msgpackr';
import type { StreamTimes } from '../../../src/prefix-cache/precise/kv-stream';
import { PrecisePrefixCacheProducer } from '../../../src/prefix-cache/precise/precise-prefix-cache-producer';
import { TestContext } from '../../support/context';
import { FakeEngine, portBelowEphemeral, until } from '../../support/fake-engine';
import { payload, stored } from '../../support/precise-prefix';
import { ids, tokenRequest } from '../../support/prefix-cache';

const TYPE = 'precise-prefix-cache-producer';
const times: StreamTimes = { retry: 20, replayIdle: 40, replayTotal: 1000, replayBackoff: 2, replayCooldown: 30_000 };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function engine(replay = false, topic?: string): Promise<FakeEngine> {
  const made = await new FakeEngine(topic).listen();
  if (replay) await made.listenForReplay();
  closing.push(() => made.close());
  return made;
}

function router(kvEventsConfig: JsonObject) {
  const context = new TestContext();
  const plugin = new PrecisePrefixCacheProducer(context.contextOf(TYPE, { kvEventsConfig }), times);
  closing.push(() => plugin.stop());
  /** Cached blocks, of a prompt of tokens that count up from 1, at each endpoint. */
  const cached = (count = 64): (number | undefined)[] => {
    const request = tokenRequest([ids(1, count)]);
    plugin.produce(request, context.candidates());
    const info = request.get('PrefixCacheMatchInfo', TYPE)!;
    return context.endpoints.all().map(({ slot }) => info.cachedBlocks[slot]);
  };
  const holds = (blocks: number): Promise<void> => until(() => cached()[0] === blocks, `${blocks} blocks, not ${cached()[0]}`);
  const counts = (line: string): boolean => context.metrics.text().includes(`\nllm_d_epp_kv_cache_events_${line}\n`);
  return { context, plugin, cached, holds, counts };
}

async function following(replay = false) {
  const made = await engine(replay);
  const discovery = { socketPort: made.port, ...(replay ? { replaySocketPort: made.replayPort } : {}) };
  const follower = router({ podDiscoveryConfig: discovery });
  const endpoint = follower.context.endpoint('pod', { address: '127.0.0.1' });
  return { engine: made, endpoint, ...follower };
}

const blocks = (first: number, count = 1) =>
  payload(
    stored(
      Array.from({ length: count }, (_, i) => first + i),
      (first - 1) * 16 + 1,
      first === 1 ? null : first - 1,
    ),
  );

describe('a stream of an endpoint', () => {
  test('is followed from its addition to its removal', async () => {
    const { engine: pod, context, endpoint, plugin, cached, holds, counts } = await following();
    await plugin.start();
    await pod.subscribed();
    await pod.publish(payload(stored([1], 1)));
    await pod.publish(
      payload({ type: 'BlockStored', block_hashes: [2], parent_block_hash: 1, token_ids: [...ids(17, 16)], block_size: 16 }),
    );
    await holds(2);
    expect(counts('active_subscribers 1')).toBe(true);
    expect(counts('messages_received_total{pod_identifier="default/pod"} 2')).toBe(true);
    context.endpoints.remove(endpoint.id);
    await pod.subscribed();
    expect(counts('active_subscribers 0')).toBe(true);
    context.endpoint('next', { address: '127.0.0.1' });
    expect(cached()).toEqual([0]);
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
  });

  test('is that of its rank', async () => {
    const pod = await engine();
    const { context, plugin, holds } = router({ podDiscoveryConfig: { socketPort: pod.port - 3 } });
    await plugin.start();
    context.endpoint('pod', { address: '127.0.0.1', rankIndex: 3 });
    await pod.subscribed();
    await pod.publish(blocks(1, 2));
    await holds(2);
  });

  test('leaves out topics that do not pass the filter, and frames that are no message', async () => {
    const pod = await engine();
    const { context, plugin, holds, counts } = router({ topicFilter: 'kv@pod', podDiscoveryConfig: { socketPort: pod.port } });
    context.endpoint('pod', { address: '127.0.0.1' });
    await plugin.start();
    await pod.subscribed();
    await pod.publishFrames(Buffer.from('other@pod@my-model'), Buffer.alloc(8), blocks(1));
    await pod.publishFrames(Buffer.from('kv@pod@my-model'), Buffer.alloc(3), blocks(1));
    await pod.publishFrames(Buffer.from('kv@pod@my-model'));
    await pod.publish(Buffer.from('nonsense'));
    await pod.publish(blocks(1, 3));
    await holds(3);
    expect(counts('invalid_messages_total 3')).toBe(true);
  });

  test('of an engine that was restarted begins with an empty cache', async () => {
    const { engine: pod, plugin, holds, counts } = await following();
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1, 2));
    await pod.publish(blocks(3));
    await holds(3);
    await pod.restart();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
    expect(counts('engine_restarts_total{pod_identifier="default/pod"} 1')).toBe(true);
  });

  test('of an engine that was restarted after its first message begins with an empty cache', async () => {
    const { engine: pod, plugin, holds, counts } = await following();
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1, 3));
    await holds(3);
    await pod.restart();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
    expect(counts('engine_restarts_total{pod_identifier="default/pod"} 1')).toBe(true);
  });

  test('with a gap is said to have one, and goes on', async () => {
    const { engine: pod, context, plugin, holds, counts } = await following();
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await pod.publish(blocks(2), 7);
    await holds(2);
    expect(counts('sequence_gaps_total{pod_identifier="default/pod"} 1')).toBe(true);
    expect(context.log.messages('warn')).toEqual([expect.stringContaining('set replaySocketPort')]);
  });

  test('that can not be opened is tried again', async () => {
    const { context, plugin, counts } = router({ podDiscoveryConfig: { socketPort: 65535 } });
    context.endpoint('pod', { address: 'no such host!', rankIndex: 1 });
    await plugin.start();
    await until(() => counts('subscriber_reconnections_total{pod_identifier="default/pod"} 2'), 'two renewals');
    expect(context.log.messages('warn')[0]).toBe('the stream of KV cache events failed');
  });
});

describe('one socket that engines connect to', () => {
  test('takes each engine for the pod that its topic names', async () => {
    const port = await portBelowEphemeral();
    const { context, plugin, cached, counts } = router({ zmqEndpoint: `tcp://127.0.0.1:${port}`, discoverPods: false });
    context.endpoint('one', { address: '10.0.0.1' });
    context.endpoint('two', { address: '10.0.0.2' });
    await plugin.start();
    const pods = [1, 2].map((i) => new FakeEngine(`kv@10.0.0.${i}:8000@my-model`).connectTo(port));
    closing.push(() => pods.forEach((pod) => void pod.close()));
    await Promise.all(pods.map((pod) => pod.subscribed()));
    await pods[0]!.publish(blocks(1, 2), 10);
    await pods[1]!.publish(blocks(1, 1), 0);
    await until(() => cached().join() === '2,1', 'both pods');
    await pods[1]!.publish(blocks(2), 1);
    await pods[0]!.publish(blocks(1), 0);
    await until(() => cached().join() === '1,2', 'the restart of one');
    expect(counts('engine_restarts_total{pod_identifier="local-subscriber"} 1')).toBe(true);
  });

  test('takes ranks of one pod, which count for themselves, for no restarts', async () => {
    const port = await portBelowEphemeral();
    const { context, plugin, holds, counts } = router({ zmqEndpoint: `tcp://127.0.0.1:${port}`, discoverPods: false });
    context.endpoint('one', { address: '10.0.0.1' });
    await plugin.start();
    const ranks = [0, 1].map(() => new FakeEngine('kv@10.0.0.1:8000@my-model').connectTo(port));
    closing.push(() => ranks.forEach((rank) => void rank.close()));
    await Promise.all(ranks.map((rank) => rank.subscribed()));
    const from = (rank: number, first: number) => pack([1, [stored([first], (first - 1) * 16 + 1, first === 1 ? null : first - 1)], rank]);
    await ranks[0]!.publish(from(0, 1), 5);
    await holds(1);
    await ranks[1]!.publish(from(1, 2), 0);
    await holds(2);
    await ranks[0]!.publish(from(0, 3), 6);
    await holds(3);
    await ranks[1]!.publish(from(1, 4), 1);
    await holds(4);
    expect(counts('engine_restarts_total{pod_identifier="local-subscriber"} 1')).toBe(false);
  });

  test('is missed when neither it nor discovery is configured', async () => {
    const { context, plugin } = router({ discoverPods: false });
    await plugin.start();
    expect(context.log.messages('warn')).toEqual([expect.stringContaining('no events will come')]);
  });
});

describe('a replay', () => {
  test('brings what was there before', async () => {
    const { engine: pod, plugin, holds } = await following(true);
    pod.lose(blocks(1));
    pod.lose(blocks(2));
    await plugin.start();
    await holds(2);
    await pod.subscribed();
    await pod.publish(blocks(3));
    await holds(3);
    expect(pod.asked).toEqual([0]);
  });

  test('fills a gap', async () => {
    const { engine: pod, plugin, holds } = await following(true);
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
    pod.lose(blocks(2));
    await pod.publish(blocks(3));
    await holds(3);
    expect(pod.asked).toEqual([0, 1]);
  });

  test('that breaks off is asked for the rest', async () => {
    const { engine: pod, plugin, holds } = await following(true);
    for (const first of [1, 2, 3, 4]) pod.lose(blocks(first));
    pod.breakAfter = 2;
    await plugin.start();
    await holds(4);
    expect(pod.asked).toEqual([0, 2]);
  });

  test('rebuilds what a restarted engine holds', async () => {
    const { engine: pod, plugin, holds, counts } = await following(true);
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1, 2));
    await pod.publish(blocks(3, 2));
    await holds(4);
    pod.kept.clear();
    pod.next = 0;
    await pod.publish(blocks(1));
    await holds(1);
    await pod.publish(blocks(2));
    await holds(2);
    expect(pod.asked).toEqual([0, 0]);
    expect(counts('engine_restarts_total{pod_identifier="default/pod"} 1')).toBe(true);
  });

  test('rebuilds what an engine holds that was restarted after its first message', async () => {
    const { engine: pod, plugin, holds, counts } = await following(true);
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1, 3));
    await holds(3);
    pod.kept.clear();
    pod.next = 0;
    await pod.publish(blocks(1));
    await holds(1);
    expect(counts('engine_restarts_total{pod_identifier="default/pod"} 1')).toBe(true);
  });

  test('without an answer leaves nothing, and is tried again after the cooldown', async () => {
    const { engine: pod, context, plugin, holds, counts } = await following(true);
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
    pod.silent = true;
    pod.lose(blocks(2));
    await pod.publish(blocks(3));
    await until(() => counts('zmq_errors_total{pod_identifier="default/pod",operation="replay-no-progress"} 1'), 'the failure');
    await holds(0);
    pod.silent = false;
    await pod.publish(blocks(4));
    await until(() => counts('messages_received_total{pod_identifier="default/pod"} 3'), 'the message in the cooldown');
    expect(pod.asked).toEqual([0, 1, 1, 1]);
    context.clock.advance(30_000);
    await pod.publish(payload(['BlockRemoved', [4]]));
    await holds(3);
  });

  test('of messages that are gone leaves nothing', async () => {
    const { engine: pod, plugin, holds, counts } = await following(true);
    await plugin.start();
    await pod.subscribed();
    await pod.publish(blocks(1));
    await holds(1);
    pod.lose(blocks(2));
    pod.lose(blocks(3));
    pod.kept.delete(1);
    await pod.publish(blocks(4));
    await until(() => counts('zmq_errors_total{pod_identifier="default/pod",operation="replay-incomplete"} 1'), 'the failure');
    await holds(0);
  });
});
