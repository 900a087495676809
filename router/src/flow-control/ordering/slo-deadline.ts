import type { OrderingPolicy, QueuedRequest } from '../../plugin/flow-policies';
import type { Headers } from '../../plugin/request';
import { controlHeaders, firstOf } from '../../request-control/header-names';

/** Most milliseconds that a duration of 64-bit nanoseconds holds; more is no valid objective. */
const LONGEST_MS = 9_223_372_036_854;

/**
 * The earliest deadline first: receipt plus the time to first token that the request's header asks for. Requests without a valid header
 * come last; equal deadlines by receipt.
 */
export class SloDeadlineOrdering implements OrderingPolicy {
  rank({ request }: QueuedRequest): number {
    return request.receivedAt + objectiveMs(request.headers);
  }

  tie({ request }: QueuedRequest): number {
    return request.receivedAt;
  }
}

function objectiveMs(headers: Headers): number {
  const text = (firstOf(headers, controlHeaders.ttftSlo) ?? '').trim();
  if (!/^[+-]?\d+$/.test(text)) return Number.POSITIVE_INFINITY;
  const milliseconds = Number(text);
  return milliseconds >= 0 && milliseconds <= LONGEST_MS ? milliseconds : Number.POSITIVE_INFINITY;
}
