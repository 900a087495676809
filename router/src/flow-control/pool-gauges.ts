import type { EffectiveFlowControl } from 'llm-d-epp-config';
import type { MetricsRegistry } from '../telemetry/registry';
import type { Bands } from './bands';
import { type SaturationGate, saturationStages } from './saturation-gate';

/** What waits in all bands together. */
export interface Occupancy {
  readonly requests: number;
  readonly bytes: number;
}

/** Writes the gauges of the pool's saturation and of the queues' use each time the metrics are read, so that deciding costs nothing for them. Returns what ends that. */
export function addPoolGauges(
  registry: MetricsRegistry,
  pool: string,
  settings: EffectiveFlowControl,
  gate: SaturationGate,
  bands: Bands,
  occupancy: () => Occupancy,
): () => void {
  const gauge = (rest: string, help: string, labels: readonly string[]) => registry.gauge(`llm_d_epp_flow_control_${rest}`, help, labels);
  const saturationHelp = 'How full the pool is by stage; requests wait from 1 on, an empty pool is 1, effective is the fuller stage';
  const saturation = [
    gauge('pool_saturation', saturationHelp, ['inference_pool', 'stage']),
    registry.gauge(
      'inference_extension_flow_control_pool_saturation',
      `${saturationHelp} [deprecated: use llm_d_epp_flow_control_pool_saturation]`,
      ['inference_pool', 'stage'],
    ),
  ];
  const stale = gauge('stage_stale_endpoints', 'Endpoints without fresh metrics by stage; they count as full', ['inference_pool', 'stage']);
  const requests = gauge('capacity_utilization_requests', 'Share of the requests that a band may hold', ['priority', 'inference_pool']);
  const bytes = gauge('capacity_utilization_bytes', 'Share of the bytes that a band may hold', ['priority', 'inference_pool']);
  const allRequests = gauge('global_capacity_utilization_requests', 'Share of the requests that all bands may hold', ['inference_pool']);
  const allBytes = gauge('global_capacity_utilization_bytes', 'Share of the bytes that all bands may hold', ['inference_pool']);
  return registry.collect(() => {
    const effective = gate.saturation();
    for (const family of saturation) family.with(pool, 'effective').set(effective);
    for (const name of saturationStages) {
      const stage = gate.stages[name];
      for (const family of saturation) {
        if (stage.candidates.size === 0) family.remove(pool, name);
        else family.with(pool, name).set(stage.saturation);
      }
      if (stage.candidates.size === 0 || Number.isNaN(stage.stale)) stale.remove(pool, name);
      else stale.with(pool, name).set(stage.stale);
    }
    requests.clear();
    bytes.clear();
    for (const band of bands.list) {
      requests.with(band.label, pool).set(band.size / band.limits.maxRequests);
      bytes.with(band.label, pool).set(band.bytes / band.limits.maxBytes);
    }
    const total = occupancy();
    if (settings.maxRequests > 0) allRequests.with(pool).set(total.requests / settings.maxRequests);
    if (settings.maxBytes > 0) allBytes.with(pool).set(total.bytes / settings.maxBytes);
  });
}
