import type { JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import type { Endpoint } from '../../plugin/endpoint';
import type { EndpointTable } from '../../plugin/endpoint-table';
import type { ResponseHeaderProcessor, Screener } from '../../plugin/plugins';
import type { InferenceRequest, InferenceResponse } from '../../plugin/request';
import { type LabelRequirement, matchesLabels, parseLabelSelector } from '../../scheduling/selectors/label-selector';
import type { Counter } from '../../telemetry/registry';
import { RevisionGauge } from './revision-gauge';
import { drawRevision, revisionShares, type ShareMode } from './revision-shares';

interface HeaderSelector {
  readonly headerName: string;
  readonly labelKey: string;
  readonly strict: boolean;
  readonly missed: Counter;
}

interface Gating {
  readonly revisionLabelKey: string;
  readonly roleLabelKey: string;
  readonly mode: ShareMode;
  readonly roles: readonly string[];
}

/**
 * Keeps the stages of one request on one revision of a DisaggregatedSet, while another revision rolls out.
 *
 * A request goes to one revision, drawn by its share of ready pods; revisions that lack a required role get none. A strict header
 * chooses instead, and fails closed.
 */
export class DisaggregatedSetRolloutScreener implements Screener, ResponseHeaderProcessor {
  private readonly endpoints: EndpointTable;
  private readonly random: () => number;
  private readonly scope: readonly LabelRequirement[];
  private readonly selectors: readonly HeaderSelector[];
  private readonly gating: Gating | undefined;
  private readonly gauge: RevisionGauge;
  private readonly stopCollecting: () => void;
  private shares: ReadonlyMap<string, number> = new Map();
  private version = -1;

  constructor(context: PluginContext) {
    const { parameters, endpoints, random } = context;
    this.endpoints = endpoints;
    this.random = random;
    this.scope = parseLabelSelector(String((parameters.scope as JsonObject).labelSelector));
    this.selectors = headerSelectors(context);
    this.gating = gatingOf(parameters.revisionGating as JsonObject);
    this.gauge = new RevisionGauge(context, this.gating?.mode ?? 'disabled');
    this.stopCollecting = context.metrics.collect(() => this.refresh());
  }

  stop(): void {
    this.stopCollecting();
  }

  screen(request: InferenceRequest, candidates: Candidates): void {
    if (this.gating !== undefined) this.keepRevision(this.gating, request, candidates);
    for (const selector of this.selectors) {
      const wanted = selector.strict ? request.headers.get(selector.headerName) : undefined;
      if (!wanted || candidates.size === 0) continue;
      candidates.retain((slot) => this.labelOf(slot, selector.labelKey) === wanted);
      if (candidates.size === 0) selector.missed.inc();
    }
  }

  responseHeader(_request: InferenceRequest, response: InferenceResponse, target: Endpoint | undefined): void {
    for (const { headerName, labelKey } of this.selectors) {
      const value = target?.metadata.labels[labelKey];
      if (value) response.headers.set(headerName, value);
    }
  }

  private keepRevision({ revisionLabelKey }: Gating, request: InferenceRequest, candidates: Candidates): void {
    this.refresh();
    const seen = new Map<string, number>();
    for (let i = 0; i < candidates.size; i++) {
      const revision = this.labelOf(candidates.slots[i] as number, revisionLabelKey) ?? '';
      const share = revision === '' ? 0 : (this.shares.get(revision) ?? 0);
      if (share > 0) seen.set(revision, share);
    }
    const chosen = this.hasStrictHeader(request) ? undefined : drawRevision(seen, this.random());
    candidates.retain((slot) => {
      const revision = this.labelOf(slot, revisionLabelKey) ?? '';
      return chosen === undefined ? seen.has(revision) : revision === chosen;
    });
  }

  private hasStrictHeader({ headers }: InferenceRequest): boolean {
    return this.selectors.some(({ strict, headerName }) => strict && Boolean(headers.get(headerName)));
  }

  private labelOf(slot: number, key: string): string | undefined {
    return this.endpoints.at(slot)?.metadata.labels[key];
  }

  /** Counts the ready pods anew after the table has changed. The table holds ready pods only, a pod once for each of its ports. */
  private refresh(): void {
    const { gating } = this;
    if (gating === undefined || this.version === this.endpoints.version) return;
    this.version = this.endpoints.version;
    const counts = new Map<string, Map<string, number>>();
    const pods = new Set<string>();
    for (const { metadata } of this.endpoints.all()) {
      const { namespace, name, labels } = metadata;
      const [revision, role] = [labels[gating.revisionLabelKey], labels[gating.roleLabelKey]];
      const pod = `${namespace}/${name}`;
      if (!revision || !role || pods.has(pod) || !matchesLabels(this.scope, labels)) continue;
      pods.add(pod);
      const perRole = counts.get(revision) ?? new Map<string, number>();
      counts.set(revision, perRole.set(role, (perRole.get(role) ?? 0) + 1));
    }
    this.shares = revisionShares(counts, gating.roles, gating.mode);
    this.gauge.set(this.shares);
  }
}

function headerSelectors({ parameters, metrics, name, type }: PluginContext): readonly HeaderSelector[] {
  const missed = metrics.counter(
    'llm_d_epp_disaggregatedset_strict_header_no_match_total',
    'Strict header selections that matched no endpoint and failed closed.',
    ['plugin_type', 'plugin_name', 'selector'],
  );
  const given = (parameters.headerSelectors ?? []) as readonly Readonly<Record<string, string>>[];
  return given.map((selector) => ({
    headerName: String(selector.headerName).toLowerCase(),
    labelKey: String(selector.labelKey),
    strict: selector.mode === 'strict',
    missed: missed.with(type, name, String(selector.name)),
  }));
}

function gatingOf({ mode, revisionLabelKey, roleLabelKey, requireRoles }: JsonObject): Gating | undefined {
  if (mode !== 'sum' && mode !== 'max-role') return undefined;
  const roles = (requireRoles as { values: readonly string[] }).values;
  return { mode, roles, revisionLabelKey: String(revisionLabelKey), roleLabelKey: String(roleLabelKey) };
}
