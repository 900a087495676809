import type { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { DataProducer } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import type { Durations } from '../telemetry/request-metrics';
import type { Named } from './pipeline';

/** Milliseconds that a producer may take unless it says otherwise. Source: llm-d-router v0.10.0, `director.go`. */
const DEFAULT_TIMEOUT_MS = 400;

/** A producer and where the time it takes is noted. */
export interface TimedProducer extends Named<DataProducer> {
  readonly spent: Durations;
}

/** Hears of the failure that ended the run. */
export type OnFailure = (producer: string, error: unknown) => void;

/**
 * Runs producers one after the other. The first failure, or one that takes too long, ends the run and never fails the request.
 *
 * Returns undefined when all was done at once; else a promise that resolves when the run is over. A producer that is too slow is left to
 * itself, and what it still writes into the request is of no use to anybody.
 */
export function runProducers(
  producers: readonly TimedProducer[],
  request: InferenceRequest,
  candidates: Candidates,
  clock: Clock,
  failed: OnFailure,
): Promise<void> | undefined {
  for (let i = 0; i < producers.length; i++) {
    const producer = producers[i] as TimedProducer;
    const before = clock.now();
    let pending: void | Promise<void>;
    try {
      pending = producer.plugin.produce(request, candidates);
    } catch (error) {
      failed(producer.name, error);
      return undefined;
    }
    if (pending !== undefined) return runRest(producers, i, pending, before, request, candidates, clock, failed);
    producer.spent(clock.now() - before);
  }
  return undefined;
}

async function runRest(
  producers: readonly TimedProducer[],
  first: number,
  started: Promise<void>,
  startedAt: number,
  request: InferenceRequest,
  candidates: Candidates,
  clock: Clock,
  failed: OnFailure,
): Promise<void> {
  let pending: void | Promise<void> = started;
  let before = startedAt;
  for (let i = first; i < producers.length; i++) {
    const producer = producers[i] as TimedProducer;
    try {
      if (i > first) {
        before = clock.now();
        pending = producer.plugin.produce(request, candidates);
      }
      if (pending !== undefined) await within(pending, producer.plugin.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    } catch (error) {
      failed(producer.name, error);
      return;
    } finally {
      producer.spent(clock.now() - before);
    }
  }
}

function within(work: Promise<void>, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`took longer than ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
