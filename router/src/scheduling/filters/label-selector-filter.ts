import type { JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Cycle, Filter } from '../../plugin/plugins';
import { type LabelRequirement, matchesLabels } from '../selectors/label-selector';
import { EndpointMask } from './endpoint-mask';

/** Keeps endpoints that a Kubernetes LabelSelector matches; an empty one matches all. */
export class LabelSelectorFilter implements Filter {
  private readonly mask: EndpointMask;

  constructor({ parameters, endpoints, type, log }: PluginContext) {
    if (type === 'by-label-selector') log.info({ type }, 'plugin type by-label-selector is deprecated, use label-selector-filter');
    const requirements = requirementsOf(parameters);
    this.mask = new EndpointMask(endpoints, ({ metadata }) => matchesLabels(requirements, metadata.labels));
  }

  filter(_cycle: Cycle, candidates: Candidates): void {
    this.mask.apply(candidates);
  }
}

function requirementsOf({ matchLabels, matchExpressions }: JsonObject): readonly LabelRequirement[] {
  const equal = Object.entries((matchLabels ?? {}) as JsonObject);
  const expressions = (matchExpressions ?? []) as readonly LabelRequirement[];
  return [
    ...equal.map(([key, value]): LabelRequirement => ({ key, operator: 'In', values: [String(value)] })),
    ...expressions.map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}
