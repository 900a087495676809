import type { Histogram, MetricsRegistry } from '../../telemetry/registry';

const RATIOS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const LENGTHS = [0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const LABELS = ['plugin_name', 'plugin_type'];
const OLD = 'Deprecated, use the llm_d_epp_ metric of the same name. ';

/** Metrics of an approximate index, under their present and their older names. Source: llm-d-router v0.10.0, `approximateprefix`. */
export class PrefixMetrics {
  private readonly ratios: readonly Histogram[];
  private readonly lengths: readonly Histogram[];
  /** Ends the asking for the size, which keeps the index in memory. */
  readonly stop: () => void;

  /** `size` is asked for the number of remembered blocks before each page. */
  constructor(metrics: MetricsRegistry, name: string, type: string, size: () => number) {
    const twins = (suffix: string, help: string, buckets: readonly number[]): readonly Histogram[] => [
      metrics.histogram(`llm_d_epp_${suffix}`, help, buckets, LABELS).with(name, type),
      metrics.histogram(`inference_extension_${suffix}`, OLD + help, buckets).with(),
    ];
    this.ratios = twins('prefix_indexer_hit_ratio', 'Matched share of the prompt prefix.', RATIOS);
    this.lengths = twins('prefix_indexer_hit_bytes', 'Matched prompt prefix in bytes, at four bytes a token.', LENGTHS);
    const help = 'Prompt blocks that the prefix index remembers.';
    const gauge = metrics.gauge('llm_d_epp_prefix_indexer_size', help, LABELS).with(name, type);
    const older = metrics.gauge('inference_extension_prefix_indexer_size', OLD + help).with();
    this.stop = metrics.collect(() => {
      gauge.set(size());
      older.set(size());
    });
  }

  /** Notes what the chosen endpoint held of a request. A request without a prompt that could match says nothing about the cache. */
  matched(matchedBytes: number, totalBytes: number): void {
    if (totalBytes === 0) return;
    for (const histogram of this.lengths) histogram.observe(matchedBytes);
    for (const histogram of this.ratios) histogram.observe(matchedBytes / totalBytes);
  }
}
