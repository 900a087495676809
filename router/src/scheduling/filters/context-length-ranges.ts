import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';

/** What a label says: nothing, a range, or something that is none. */
export const rangeKind = { none: 0, range: 1, invalid: 2 } as const;

/** Ranges of context length by slot, read from a label and kept until the table changes. */
export class ContextLengthRanges {
  kinds = new Uint8Array(0);
  least = new Float64Array(0);
  most = new Float64Array(0);
  private version = -1;

  constructor(
    private readonly endpoints: EndpointTable,
    private readonly label: string,
    /** Told once for each version of the table of every endpoint whose label is no range. */
    private readonly onInvalid: (endpoint: Endpoint, value: string) => void,
  ) {}

  /** Brings the arrays up to date. */
  refresh(): void {
    if (this.version === this.endpoints.version) return;
    this.version = this.endpoints.version;
    const { capacity } = this.endpoints;
    if (this.kinds.length < capacity) {
      this.kinds = new Uint8Array(capacity);
      this.least = new Float64Array(capacity);
      this.most = new Float64Array(capacity);
    }
    for (const endpoint of this.endpoints.all()) this.read(endpoint);
  }

  private read(endpoint: Endpoint): void {
    const { slot } = endpoint;
    const { labels } = endpoint.metadata;
    if (!Object.hasOwn(labels, this.label)) {
      this.kinds[slot] = rangeKind.none;
      return;
    }
    const value = labels[this.label] as string;
    const range = parseRange(value);
    this.kinds[slot] = range === undefined ? rangeKind.invalid : rangeKind.range;
    if (range === undefined) this.onInvalid(endpoint, value);
    else [this.least[slot], this.most[slot]] = range;
  }
}

/** Bounds of `min-max` in tokens; undefined when the text is none. */
export function parseRange(text: string): readonly [number, number] | undefined {
  const match = /^\s*\+?(\d{1,18})\s*-\s*\+?(\d{1,18})\s*$/.exec(text);
  if (match === null) return undefined;
  const range = [Number(match[1]), Number(match[2])] as const;
  return range[0] <= range[1] ? range : undefined;
}
