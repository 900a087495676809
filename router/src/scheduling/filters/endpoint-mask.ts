import type { Candidates } from '../../plugin/candidates';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';

/** Whether endpoints pass a test of their metadata, kept by slot and computed anew only after the table has changed. */
export class EndpointMask {
  private passes = new Uint8Array(0);
  private version = -1;

  constructor(
    private readonly endpoints: EndpointTable,
    private readonly test: (endpoint: Endpoint) => boolean,
  ) {}

  /** Keeps the candidates that pass. */
  apply(candidates: Candidates): void {
    if (this.version !== this.endpoints.version) this.refresh();
    const { passes } = this;
    const { slots, size } = candidates;
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const slot = slots[i] as number;
      if (passes[slot] === 1) slots[kept++] = slot;
    }
    candidates.size = kept;
  }

  private refresh(): void {
    this.version = this.endpoints.version;
    if (this.passes.length < this.endpoints.capacity) this.passes = new Uint8Array(this.endpoints.capacity);
    for (const endpoint of this.endpoints.all()) this.passes[endpoint.slot] = this.test(endpoint) ? 1 : 0;
  }
}
