import type { Counter, Family, Gauge, Histogram, MetricsRegistry } from '../../telemetry/registry';

const LATENCIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const POD = 'pod_identifier';
const SKIPPED = ['cache_kind', 'reason'];

/** A counter under its present and its older name. */
export class TwinCounter {
  private readonly counters: readonly Counter[];

  constructor(metrics: MetricsRegistry, name: string, older: string, help: string) {
    this.counters = [
      metrics.counter(`llm_d_epp_${name}`, help).with(),
      metrics.counter(`kvcache_${older}`, `Deprecated, use llm_d_epp_${name}. ${help}`).with(),
    ];
  }

  inc(by = 1): void {
    for (const counter of this.counters) counter.inc(by);
  }
}

/** Metrics of the index itself, which the parameter `enableMetrics` turns on. Source: llm-d-router v0.10.0, `pkg/kvcache/metrics`. */
export class KvIndexMetrics {
  readonly admissions: TwinCounter;
  readonly evictions: TwinCounter;
  private readonly lookups: TwinCounter;
  private readonly hits: TwinCounter;
  private readonly longest: TwinCounter;
  private readonly latencies: readonly Histogram[];

  constructor(metrics: MetricsRegistry) {
    const twin = (name: string, help: string) => new TwinCounter(metrics, `kv_cache_index_${name}`, `index_${name}`, help);
    this.admissions = twin('admissions_total', 'Blocks added to the index.');
    this.evictions = twin('evictions_total', 'Blocks taken out of the index.');
    this.lookups = twin('lookup_requests_total', 'Lookups in the index.');
    this.hits = twin('lookup_hits_total', 'Blocks in a row that the best pod of a lookup holds.');
    this.longest = twin('max_pod_hit_count_total', 'Longest row of blocks that one pod holds, summed over lookups.');
    const help = 'Duration of a lookup in seconds.';
    this.latencies = [
      metrics.histogram('llm_d_epp_kv_cache_index_lookup_latency_seconds', help, LATENCIES).with(),
      metrics.histogram('kvcache_index_lookup_latency_seconds', `Deprecated, use the llm_d_epp_ name. ${help}`, LATENCIES).with(),
    ];
  }

  /** Notes a lookup: blocks of the best pod, and how long it took. */
  lookedUp(blocks: number, milliseconds: number): void {
    this.lookups.inc();
    this.hits.inc(blocks);
    this.longest.inc(blocks);
    for (const latency of this.latencies) latency.observe(milliseconds / 1000);
  }
}

/** Metrics of the event streams. Source: llm-d-router v0.10.0, `pkg/kvcache/metrics`; gaps and restarts are ours. */
export class KvEventMetrics {
  readonly suppressed: TwinCounter;
  readonly forwarded: TwinCounter;
  readonly storesSkipped: Family<Counter>;
  readonly removalsSkipped: Family<Counter>;
  readonly subscribers: Gauge;
  readonly reconnections: Family<Counter>;
  readonly messages: Family<Counter>;
  readonly errors: Family<Counter>;
  readonly gaps: Family<Counter>;
  readonly restarts: Family<Counter>;
  readonly invalid: Counter;

  constructor(metrics: MetricsRegistry) {
    const name = (suffix: string): string => `llm_d_epp_kv_cache_events_${suffix}`;
    const removed = (suffix: string, help: string) =>
      new TwinCounter(metrics, `kv_cache_events_dedup_removed_hashes_${suffix}`, `kvevents_dedup_removed_hashes_${suffix}`, help);
    this.suppressed = removed('suppressed_total', 'Removed blocks that another announcement still names.');
    this.forwarded = removed('forwarded_total', 'Removed blocks that were taken out of the index.');
    this.storesSkipped = metrics.counter(name('stores_skipped_total'), 'Store events that say nothing about prefixes.', SKIPPED);
    this.removalsSkipped = metrics.counter(name('removals_skipped_total'), 'Removal events of groups that are not indexed.', SKIPPED);
    this.subscribers = metrics.gauge(name('active_subscribers'), 'Event streams that are followed, connected or not.').with();
    this.reconnections = metrics.counter(name('subscriber_reconnections_total'), 'Renewed subscriptions.', [POD]);
    this.messages = metrics.counter(name('messages_received_total'), 'Messages from engines.', [POD]);
    this.errors = metrics.counter(name('zmq_errors_total'), 'Failed socket operations.', [POD, 'operation']);
    this.gaps = metrics.counter(name('sequence_gaps_total'), 'Gaps in the numbers of an engine: messages were lost.', [POD]);
    this.restarts = metrics.counter(name('engine_restarts_total'), 'Engines that began to count anew.', [POD]);
    this.invalid = metrics.counter(name('invalid_messages_total'), 'Messages that could not be read.').with();
  }

  /** Drops the series of a pod that is gone. */
  forget(pod: string, operations: Iterable<string>): void {
    for (const family of [this.reconnections, this.messages, this.gaps, this.restarts]) family.remove(pod);
    for (const operation of operations) this.errors.remove(pod, operation);
  }
}
