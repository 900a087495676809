import { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { Screener } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';
import type { Durations } from '../telemetry/request-metrics';
import type { Named } from './pipeline';

interface Step extends Named<Screener> {
  readonly spent: Durations;
}

/** Asks every screener about all candidates and keeps those that all of them keep, in their order. */
export class Screening {
  private readonly seen = new Candidates();
  private readonly full = new Candidates();
  /** How many screeners have kept a slot; all 0 between two requests. */
  private kept = new Uint8Array(0);

  constructor(
    private readonly steps: readonly Step[],
    private readonly endpoints: EndpointTable,
    private readonly clock: Clock,
  ) {}

  /** Takes out of `candidates` what any screener does not want. @throws InferenceError */
  screen(request: InferenceRequest, candidates: Candidates): void {
    if (this.steps.length === 0) return;
    if (this.kept.length < this.endpoints.capacity) this.kept = new Uint8Array(this.endpoints.capacity);
    const { seen, full, kept } = this;
    full.copy(candidates);
    for (const { plugin, spent } of this.steps) {
      const before = this.clock.now();
      plugin.screen(request, seen.copy(full));
      spent(this.clock.now() - before);
      for (let i = 0; i < seen.size; i++) kept[seen.slots[i] as number] = 1;
      candidates.retain((slot) => kept[slot] === 1);
      for (let i = 0; i < seen.size; i++) kept[seen.slots[i] as number] = 0;
    }
  }
}
