import type { Clock } from '../plugin/clock';
import { InferenceError } from '../plugin/errors';
import type { PreRequest } from '../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../plugin/request';
import type { Durations } from '../telemetry/request-metrics';
import type { Named } from './pipeline';

interface Step extends Named<PreRequest> {
  readonly spent: Durations;
}

interface Failure {
  readonly step: Step;
  readonly error: unknown;
}

/** Tells plugins of a decision. All of them hear of it, even when one of them fails. */
export class PreRequestRun {
  constructor(
    private readonly steps: readonly Step[],
    private readonly clock: Clock,
  ) {}

  /** @throws InferenceError, also by the promise, when a plugin failed: its own refusal if it is the only failure, else Internal */
  run(request: InferenceRequest, result: SchedulingResult): void | Promise<void> {
    const failures: Failure[] = [];
    for (let i = 0; i < this.steps.length; i++) {
      const step = this.steps[i] as Step;
      const before = this.clock.now();
      try {
        const pending = step.plugin.preRequest(request, result);
        if (pending !== undefined) return this.rest(i, pending, request, result, failures);
      } catch (error) {
        failures.push({ step, error });
      }
      step.spent(this.clock.now() - before);
    }
    settle(failures);
  }

  private async rest(
    first: number,
    started: Promise<void>,
    request: InferenceRequest,
    result: SchedulingResult,
    failures: Failure[],
  ): Promise<void> {
    for (let i = first; i < this.steps.length; i++) {
      const step = this.steps[i] as Step;
      const before = this.clock.now();
      try {
        await (i === first ? started : step.plugin.preRequest(request, result));
      } catch (error) {
        failures.push({ step, error });
      }
      step.spent(this.clock.now() - before);
    }
    settle(failures);
  }
}

function settle(failures: readonly Failure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1 && first.error instanceof InferenceError) throw first.error;
  throw new InferenceError('Internal', failures.map(describe).join('\n'));
}

function describe({ step, error }: Failure): string {
  const text =
    error instanceof InferenceError ? `inference error: ${error.code} - ${error.message}` : String((error as Error)?.message ?? error);
  return `PreRequest "${step.name}/${step.type}" failed: ${text}`;
}
