import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { TokenizedPrompt } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { DataProducer, PreRequest } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import type { HashList } from '../hash/hash-kernel';
import { BlockKeys, promptExtras } from './block-keys';
import { EntryKinds } from './entry-kinds';
import { KvEventSink } from './kv-event-sink';
import { KvEventMetrics, KvIndexMetrics } from './kv-metrics';
import type { StreamTimes } from './kv-stream';
import { KvStreams, podOf } from './kv-streams';
import { LogThrottle } from './log-throttle';
import { PodRegistry } from './pod-registry';
import { PreciseIndex } from './precise-index';
import { preciseOptions } from './precise-options';
import { PrefixLookup } from './prefix-lookup';
import { Speculation } from './speculation';

const PREFILL_PROFILE = 'prefill';
const COMPLAINT_INTERVAL_MS = 60_000;

/**
 * Follows the KV cache events of the engines and tells how much of a prompt each endpoint has in its cache.
 */
export class PrecisePrefixCacheProducer implements DataProducer, PreRequest {
  private readonly keys: BlockKeys;
  private readonly kinds: EntryKinds;
  private readonly index: PreciseIndex;
  private readonly pods = new PodRegistry();
  private readonly lookup: PrefixLookup;
  private readonly sink: KvEventSink;
  private readonly streams: KvStreams;
  private readonly speculation: Speculation | undefined;
  private readonly indexMetrics: KvIndexMetrics | undefined;
  private readonly stateKey: string;
  private readonly strangers: LogThrottle;
  /** Endpoints by pod: more than one when two of them share an address. */
  private readonly endpointsOf = new Map<string, Set<Endpoint>>();

  /** `times` replaces the waiting times of the streams. */
  constructor(
    private readonly context: PluginContext,
    times?: StreamTimes,
  ) {
    const { parameters, env, endpoints, clock, log } = context;
    const options = preciseOptions(parameters, env);
    const metrics = new KvEventMetrics(context.metrics);
    const now = (): number => clock.now();
    this.keys = new BlockKeys(options.keys);
    this.kinds = new EntryKinds(options.weights);
    this.index = new PreciseIndex(options.limits);
    this.lookup = new PrefixLookup(this.index, this.kinds);
    this.indexMetrics = options.enableMetrics ? new KvIndexMetrics(context.metrics) : undefined;
    this.sink = new KvEventSink({
      index: this.index,
      kinds: this.kinds,
      keys: this.keys,
      pods: this.pods,
      engine: options.events.engine,
      metrics,
      ...(this.indexMetrics === undefined ? {} : { indexMetrics: this.indexMetrics }),
      log,
      throttle: new LogThrottle(COMPLAINT_INTERVAL_MS, now),
    });
    this.strangers = new LogThrottle(Number.POSITIVE_INFINITY, now);
    this.streams = new KvStreams({
      plugin: context,
      events: options.events,
      target: this,
      metrics,
      ...(times === undefined ? {} : { times }),
    });
    if (options.speculativeMs > 0) this.speculation = new Speculation(this.index, this.kinds.speculative, options.speculativeMs);
    this.stateKey = `precise-prefix/${context.name}`;
    endpoints.listen({ added: (endpoint) => this.added(endpoint), removed: (endpoint) => this.removed(endpoint) });
    for (const endpoint of endpoints.all()) this.added(endpoint);
  }

  start(): Promise<void> {
    return this.streams.start();
  }

  stop(): Promise<void> {
    return this.streams.stop();
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    const prompt = request.get('TokenizedPrompt', 'token-producer');
    if (prompt === undefined) return;
    this.speculation?.expire(this.context.clock.now());
    const prompts = this.promptKeys(request, prompt);
    if (prompts.length === 0) return;
    this.lookup.begin(this.pods.bound);
    let totalBlocks = 0;
    for (const keys of prompts) {
      totalBlocks += keys.length / 2;
      const start = this.indexMetrics === undefined ? 0 : this.context.clock.now();
      const most = this.lookup.add(keys);
      this.indexMetrics?.lookedUp(most, this.context.clock.now() - start);
    }
    this.publish(request, candidates, totalBlocks);
    if (this.speculation !== undefined) request.putAny(this.stateKey, prompts);
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    const prompts = request.getAny(this.stateKey) as readonly HashList[] | undefined;
    const target = result.profiles.get(result.primary)?.targets[0];
    if (prompts === undefined || target === undefined) return;
    this.guess(prompts, target);
    const prefill = result.profiles.get(PREFILL_PROFILE)?.targets[0];
    if (prefill !== undefined) this.guess(prompts, prefill);
  }

  /** Takes in an engine's message. */
  message(pod: string, model: string, payload: Uint8Array): void {
    if (!this.endpointsOf.has(pod) && this.strangers.allows(pod))
      this.context.log.warn(
        { plugin: this.context.name, pod },
        'KV cache events name a pod that is no endpoint (ip:port is expected), so they can not count for any',
      );
    this.sink.message(pod, model, payload);
  }

  /** Forgets what an engine reported before it began anew. */
  reset(pod: string): void {
    this.sink.reset(pod);
  }

  /** Size of the index, and of each pod what it holds (guesses too): equal digests mean equal blocks. */
  state(): unknown {
    const { index, pods } = this;
    const held = [...pods.all()].map(([pod, number]) => ({ pod, ...index.nodes.holdings(number) }));
    return { keys: index.size, engineHashes: index.engine.size, bytes: index.bytes, pods: held };
  }

  private promptKeys(request: InferenceRequest, { prompts }: TokenizedPrompt): HashList[] {
    const { blockSize } = this.keys;
    const all: HashList[] = [];
    for (const { ids, features } of prompts) {
      if (ids.length < blockSize) continue;
      const extras = promptExtras(features, request.body.cacheSalt, ids.length, blockSize);
      all.push(this.keys.ofPrompt(request.targetModel, ids, extras));
    }
    return all;
  }

  private publish(request: InferenceRequest, candidates: Candidates, totalBlocks: number): void {
    const { lookup, kinds } = this;
    const { capacity } = this.context.endpoints;
    const none = (): Int32Array => new Int32Array(capacity);
    const matchBlocks = none().fill(-1);
    const cachedBlocks = none().fill(-1);
    for (let i = 0; i < candidates.size; i++) {
      matchBlocks[candidates.slots[i] as number] = 0;
      cachedBlocks[candidates.slots[i] as number] = 0;
    }
    const tiers = new Map<string, Int32Array>();
    for (const pod of lookup.pods) {
      for (const { slot } of this.endpointsOf.get(this.pods.name(pod)) ?? []) {
        if (matchBlocks[slot] !== 0) continue;
        matchBlocks[slot] = Math.trunc(lookup.weighted[pod] as number);
        cachedBlocks[slot] = lookup.cached[pod] as number;
        for (let tier = 0; tier < lookup.tierCount; tier++) {
          const blocks = lookup.tiers[pod * lookup.tierCount + tier] as number;
          if (blocks === 0) continue;
          const name = kinds.tiers[tier] as string;
          let list = tiers.get(name);
          if (list === undefined) {
            list = none();
            tiers.set(name, list);
          }
          list[slot] = blocks;
        }
      }
    }
    const blockSizeTokens = this.keys.blockSize;
    request.put('PrefixCacheMatchInfo', this.context.name, { matchBlocks, cachedBlocks, totalBlocks, blockSizeTokens, tiers });
  }

  private guess(prompts: readonly HashList[], endpoint: Endpoint): void {
    if (endpoint.removed) return;
    const pod = this.pods.add(podOf(endpoint));
    for (const keys of prompts) this.speculation?.add(keys, pod, this.context.clock.now());
  }

  private added(endpoint: Endpoint): void {
    const pod = podOf(endpoint);
    const known = this.endpointsOf.get(pod);
    if (known === undefined) this.endpointsOf.set(pod, new Set([endpoint]));
    else known.add(endpoint);
    this.streams.follow(endpoint);
  }

  private removed(endpoint: Endpoint): void {
    this.streams.leave(endpoint);
    const pod = podOf(endpoint);
    const left = this.endpointsOf.get(pod);
    left?.delete(endpoint);
    if (left !== undefined && left.size > 0) return;
    this.endpointsOf.delete(pod);
    this.sink.remove(pod);
  }
}
