import type { Counter, MetricsRegistry } from '../telemetry/registry';

/** Two counters of the same thing: the current name and the deprecated one, which is still published beside it. */
export interface TwinCounter {
  inc(): void;
}

const prefixes = ['llm_d_epp', 'llm_d_inference_scheduler'] as const;

function twins(metrics: MetricsRegistry, name: string, help: string, labels: readonly string[], values: readonly string[]): TwinCounter {
  const counters: Counter[] = prefixes.map((prefix) => metrics.counter(`${prefix}_${name}`, help, labels).with(...values));
  return {
    inc: () => {
      for (const counter of counters) counter.inc();
    },
  };
}

/** Counts fetches that gave no page, by the type of the source. */
export const pollErrors = (metrics: MetricsRegistry, source: string): TwinCounter =>
  twins(metrics, 'datalayer_poll_errors_total', 'Fetches from endpoints that failed.', ['source_type'], [source]);

/** Counts pages in which an extractor missed something, by the types of source and extractor. */
export const extractErrors = (metrics: MetricsRegistry, source: string, extractor: string): TwinCounter =>
  twins(
    metrics,
    'datalayer_extract_errors_total',
    'Pages in which an extractor did not find what it reads.',
    ['source_type', 'extractor_type'],
    [source, extractor],
  );
