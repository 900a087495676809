import type { PluginContext } from '../../plugin/context';
import type { Endpoint } from '../../plugin/endpoint';
import { BoundedLabel, overflowLabel } from '../../telemetry/bounded-label';
import type { Family, Gauge } from '../../telemetry/registry';

const LABELS = ['endpoint_name', 'namespace', 'producer_name', 'fairness_id', 'priority'];

/** Most series of one producer; beyond them the fairness id is `other`. */
const MAX_SERIES = 10_000;

/** The two series that a request counts in. */
export interface InflightSeries {
  readonly requests: Gauge;
  readonly tokens: Gauge;
}

interface LabelledSeries extends InflightSeries {
  readonly labels: readonly string[];
}

/** `inflight_requests` and `inflight_tokens`: per endpoint, flow and priority, for as long as the endpoint lives. */
export class InflightGauges {
  private readonly requests: Family<Gauge>;
  private readonly tokens: Family<Gauge>;
  private readonly producer: string;
  private readonly fairnessIds = new BoundedLabel();
  private readonly byEndpoint = new Map<Endpoint, Map<string, LabelledSeries>>();
  private series = 0;

  constructor({ metrics, name, endpoints }: PluginContext) {
    this.producer = name;
    this.requests = metrics.gauge('llm_d_epp_inflight_requests', 'Requests in flight per endpoint, as the router counts them.', LABELS);
    this.tokens = metrics.gauge(
      'llm_d_epp_inflight_tokens',
      'Tokens in flight per endpoint, as the router counts them: prompt tokens that are not cached and, if so configured, estimated output.',
      LABELS,
    );
    endpoints.listen({ removed: (endpoint) => this.forget(endpoint) });
  }

  /** The series of a flow on an endpoint; keep it for the release. */
  of(endpoint: Endpoint, fairnessId: string, priority: number): InflightSeries {
    let known = this.byEndpoint.get(endpoint);
    if (known === undefined) {
      known = new Map();
      this.byEndpoint.set(endpoint, known);
    }
    const key = `${priority} ${fairnessId}`;
    return known.get(key) ?? this.add(known, endpoint, fairnessId, priority);
  }

  private add(known: Map<string, LabelledSeries>, endpoint: Endpoint, given: string, priority: number): InflightSeries {
    const fairnessId = this.series < MAX_SERIES ? this.fairnessIds.of(given) : overflowLabel;
    const key = `${priority} ${fairnessId}`;
    const same = known.get(key);
    if (same !== undefined) return same;
    const { id, metadata } = endpoint;
    const name = id.slice(id.indexOf('/') + 1);
    const labels = [name, metadata.namespace, this.producer, fairnessId, String(priority)];
    const series = { requests: this.requests.with(...labels), tokens: this.tokens.with(...labels), labels };
    known.set(key, series);
    this.series++;
    return series;
  }

  private forget(endpoint: Endpoint): void {
    const known = this.byEndpoint.get(endpoint);
    if (known === undefined) return;
    this.byEndpoint.delete(endpoint);
    this.series -= known.size;
    for (const { labels } of known.values()) {
      this.requests.remove(...labels);
      this.tokens.remove(...labels);
    }
  }
}
