import { InferenceError } from '../plugin/errors';

/** What became of a request in flow control, as the metrics name it. Source: llm-d-router v0.10.0, `flowcontrol/types`. */
export type Outcome =
  | 'Dispatched'
  | 'RejectedCapacity'
  | 'RejectedNoEndpoints'
  | 'RejectedOther'
  | 'EvictedTTL'
  | 'EvictedNoEndpoints'
  | 'EvictedContextCancelled'
  | 'EvictedOther';

const noEndpointsInTime = 'request timed out in queue and no endpoints are available: ';
const expired = 'request evicted from queue: request TTL expired';

/** The refusal that a client sees; the texts are those of llm-d-router v0.10.0. `poolEmpty` says whether there are endpoints now. */
export function refusalOf(outcome: Exclude<Outcome, 'Dispatched'>, poolEmpty: boolean): InferenceError {
  switch (outcome) {
    case 'RejectedCapacity':
      return new InferenceError('ResourceExhausted', 'request rejected pre-queue: queue at capacity', 'rejected-saturated');
    case 'RejectedNoEndpoints':
      return new InferenceError(
        'ServiceUnavailable',
        'no endpoints available: request rejected pre-queue: no endpoints available',
        'rejected-no-endpoints',
      );
    case 'EvictedTTL':
      return poolEmpty
        ? new InferenceError('ServiceUnavailable', noEndpointsInTime + expired, 'rejected-no-endpoints')
        : new InferenceError('ResourceExhausted', `request timed out in queue: ${expired}`, 'rejected-ttl-expired');
    case 'EvictedNoEndpoints':
      return new InferenceError('ServiceUnavailable', `${noEndpointsInTime}${expired}: no endpoints available`, 'rejected-no-endpoints');
    case 'EvictedContextCancelled':
      return new InferenceError(
        'ServiceUnavailable',
        'client disconnected: request evicted from queue: request context cancelled: context canceled',
        'rejected-context-cancelled',
      );
    case 'RejectedOther':
      return shuttingDown('request rejected pre-queue');
    case 'EvictedOther':
      return shuttingDown('request evicted from queue');
  }
}

function shuttingDown(what: string): InferenceError {
  return new InferenceError(
    'ServiceUnavailable',
    `flow controller shutting down: ${what}: flow controller is not running`,
    'rejected-shutting-down',
  );
}

/** The refusal of a request of negative priority while the pool is full. Source: llm-d-router v0.10.0, `requestcontrol/admission.go`. */
export function sheddableDropped(reason?: 'rejected-saturated'): InferenceError {
  return new InferenceError('ResourceExhausted', 'system saturated, sheddable request dropped', reason);
}
