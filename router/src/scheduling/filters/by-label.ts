import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { Cycle, Filter } from '../../plugin/plugins';
import { EndpointMask } from './endpoint-mask';

/** What a label may be. */
export interface LabelRule {
  readonly label: string;
  readonly values: readonly string[];
  /** Whether an endpoint without the label passes. */
  readonly allowsNoLabel: boolean;
}

/** Keeps endpoints whose label has one of some values. */
export class ByLabel implements Filter {
  private readonly mask: EndpointMask;

  constructor(endpoints: EndpointTable, { label, values, allowsNoLabel }: LabelRule) {
    const accepted = new Set(values);
    this.mask = new EndpointMask(endpoints, ({ metadata: { labels } }) =>
      Object.hasOwn(labels, label) ? accepted.has(labels[label] as string) : allowsNoLabel,
    );
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    this.mask.apply(candidates);
  }
}

/** Makes a `by-label` filter. */
export function byLabel({ parameters, endpoints, log }: PluginContext): ByLabel {
  log.info({ type: 'by-label' }, 'plugin type by-label is deprecated, use label-selector-filter or decode-, prefill- and encode-filter');
  const { label, validValues, allowsNoLabel } = parameters;
  const values = Array.isArray(validValues) ? validValues.map(String) : [];
  return new ByLabel(endpoints, { label: String(label), values, allowsNoLabel: allowsNoLabel === true });
}
