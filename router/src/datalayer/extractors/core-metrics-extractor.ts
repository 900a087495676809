import type { JsonObject } from 'llm-d-epp-config';
import type { Clock } from '../../plugin/clock';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns, textParameter } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { MetricsExtractor, Page } from '../types';
import { builtInEngines, type EngineMetrics, noMetrics } from './engine-catalog';
import { EngineMapping } from './engine-mapping';

/** Label that older pods carry. Source: llm-d-router v0.10.0. */
const legacyLabel = 'inference.networking.k8s.io/engine-type';

/** Takes queue, cache and LoRA state of an endpoint from its metrics page. */
export class CoreMetricsExtractor implements MetricsExtractor {
  private readonly engines = new Map<string, EngineMapping>();
  private readonly fallback: EngineMapping;
  private readonly label: string;
  private readonly updatedAt: Column;
  private readonly clock: Clock;

  /** @throws Error that names the engine whose metrics are malformed */
  constructor({ parameters, endpoints, clock }: PluginContext) {
    this.label = textParameter(parameters, 'engineLabelKey', 'llm-d.ai/engine-type');
    this.clock = clock;
    this.updatedAt = endpoints.column(coreColumns.updatedAt, Number.NaN);
    const given = (parameters.engineConfigs ?? []) as readonly JsonObject[];
    const named = new Set(given.map(({ name }) => name));
    // A configured engine replaces the built-in one of its name entirely.
    for (const engine of [...builtInEngines.filter(({ name }) => !named.has(name)), ...given.map(engineOf)]) {
      try {
        this.engines.set(engine.name, new EngineMapping(engine, endpoints));
      } catch (cause) {
        throw new Error(`engine ${JSON.stringify(engine.name)}: ${(cause as Error).message}`, { cause });
      }
    }
    const wanted = textParameter(parameters, 'defaultEngine', 'vllm');
    const fallback = this.engines.get(wanted);
    if (fallback === undefined) {
      throw new Error(`defaultEngine ${JSON.stringify(wanted)} is none of ${[...this.engines.keys()].join(', ')}`);
    }
    this.fallback = fallback;
  }

  extractMetrics(endpoint: Endpoint, page: Page): string | undefined {
    const { labels } = endpoint.metadata;
    const mapping = this.engines.get(labels[this.label] || labels[legacyLabel] || '') ?? this.fallback;
    if (mapping.take(endpoint, page)) this.updatedAt.set(endpoint.slot, this.clock.now());
    return mapping.complaint;
  }
}

function engineOf(given: JsonObject): EngineMetrics {
  const text = (field: Exclude<keyof EngineMetrics, 'customMetrics'>): string =>
    textParameter(given, field, field === 'name' ? '' : noMetrics[field]);
  return {
    name: text('name'),
    queuedRequestsSpec: text('queuedRequestsSpec'),
    runningRequestsSpec: text('runningRequestsSpec'),
    kvUsageSpec: text('kvUsageSpec'),
    loraSpec: text('loraSpec'),
    cacheInfoSpec: text('cacheInfoSpec'),
    cacheBlockSizeLabelName: text('cacheBlockSizeLabelName'),
    cacheNumBlocksLabelName: text('cacheNumBlocksLabelName'),
    cacheBlockSizeSpec: text('cacheBlockSizeSpec'),
    cacheNumBlocksSpec: text('cacheNumBlocksSpec'),
    customMetrics: (given.customMetrics ?? []) as EngineMetrics['customMetrics'],
  };
}
