import type { PluginContext } from '../../plugin/context';
import { dataName, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import { parseMetricSpec } from '../prometheus/metric-spec';
import { SeriesReader } from '../prometheus/series-reader';
import type { MetricsExtractor, Page } from '../types';
import { joinComplaints, type ScalarReading, takeScalar } from './scalar-reading';

/** Parameter, default and data key of what is read; the keys have no producer. Source: llm-d-router v0.10.0. */
const readings = [
  ['kvCacheUtilizationMetric', 'llm_d_epp_average_kv_cache_utilization', 'llm-d.ai/multicluster-kv-cache-utilization'],
  ['queueSizeMetric', 'llm_d_epp_average_queue_size', 'llm-d.ai/multicluster-queue-size'],
] as const;

/** Takes the averages of another cluster's pool from the metrics page of its router. */
export class MulticlusterMetricsExtractor implements MetricsExtractor {
  private readonly scalars: readonly ScalarReading[];
  private readonly reader: SeriesReader;

  /** @throws Error when a metric is malformed */
  constructor({ parameters, endpoints }: PluginContext) {
    this.scalars = readings.map(([parameter, fallback, key], index) => ({
      index,
      spec: parseMetricSpec(textParameter(parameters, parameter, fallback))!,
      column: endpoints.column(dataName(key, ''), Number.NaN),
      kind: 'any',
    }));
    this.reader = new SeriesReader(this.scalars.map(({ spec }) => ({ spec, choice: 'latest' })));
  }

  extractMetrics(endpoint: Endpoint, { bytes, start, end }: Page): string | undefined {
    this.reader.read(bytes, start, end);
    let complaint: string | undefined;
    for (const scalar of this.scalars) complaint = joinComplaints(complaint, takeScalar(this.reader, scalar, endpoint.slot));
    return complaint;
  }
}
