import type { Clock } from '../plugin/clock';
import type { Log } from '../plugin/context';
import type { Director } from '../request-control/director';
import type { ResponseDirector } from '../request-control/response-director';
import type { RequestMetrics } from '../telemetry/request-metrics';
import type { Tracing } from '../telemetry/tracing';
import type { BufferBudget, ExtProcSettings } from './limits';

/** What all streams share. */
export interface ExtProcService {
  readonly director: Director;
  readonly responses: ResponseDirector;
  readonly metrics: RequestMetrics;
  readonly settings: ExtProcSettings;
  readonly budget: BufferBudget;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the scores of endpoints are told to the proxy. */
  readonly emitScores: boolean;
  /**
   * Makes spans.
   * @default - no tracing
   */
  readonly tracing?: Tracing;
}
