import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { AdmissionControl } from '../request-control/admission';
import { Director } from '../request-control/director';
import type { Scheduling } from '../request-control/exchange';
import type { Pipeline } from '../request-control/pipeline';
import type { Pool } from '../request-control/pool';
import { ResponseDirector } from '../request-control/response-director';
import type { LabelLimits } from '../telemetry/bounded-label';
import type { MetricsRegistry } from '../telemetry/registry';
import { RequestMetrics } from '../telemetry/request-metrics';
import type { Tracing } from '../telemetry/tracing';
import type { GrpcMethods } from '../transport/types';
import { BufferBudget, extProcSettings } from './limits';
import type { ExtProcService } from './service';
import { Session } from './session';

/** What ext-proc needs of the rest of the router. */
export interface ExtProcOptions {
  /** Plugins by step; see `pipelineOf`. */
  readonly pipeline: Pipeline;
  readonly scheduler: Scheduling;
  readonly admission: AdmissionControl;
  readonly pool: Pool;
  readonly endpoints: EndpointTable;
  readonly metrics: MetricsRegistry;
  /** Shared with everything else that labels metrics with models or fairness ids. */
  readonly limits: LabelLimits;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--disable-endpoint-subset-filter`. */
  readonly disableEndpointSubsetFilter: boolean;
  /** `--emit-endpoint-scores`; the scheduler must keep them then. */
  readonly emitEndpointScores: boolean;
  /**
   * Makes spans.
   * @default - no tracing
   */
  readonly tracing?: Tracing;
}

/** Path of the one method of ext-proc. */
export const PROCESS = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';

/** The ext-proc service. @throws Error when the environment holds a value that is not allowed */
export function createExtProc(options: ExtProcOptions): GrpcMethods {
  const { pipeline, clock, log, pool, endpoints, scheduler, admission, random } = options;
  const settings = extProcSettings(options.env);
  const metrics = new RequestMetrics(options.metrics, options.limits);
  const director = new Director({
    pipeline,
    pool,
    endpoints,
    scheduler,
    admission,
    metrics,
    clock,
    random,
    log,
    subset: { ignored: options.disableEndpointSubsetFilter, honourPorts: settings.honourSubsetPorts },
    typedDenials: settings.typedDenials,
  });
  const service: ExtProcService = {
    director,
    responses: new ResponseDirector({ pipeline, metrics, clock, log }),
    metrics,
    settings,
    budget: new BufferBudget(settings.maxBufferedBytes),
    clock,
    log,
    emitScores: options.emitEndpointScores,
    tracing: options.tracing,
  };
  return { [PROCESS]: (stream) => new Session(stream, service) };
}
