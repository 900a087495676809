import { Candidates } from '../plugin/candidates';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { SaturationDetector } from '../plugin/plugins';

const ROLE_LABEL = 'llm-d.ai/role';

/** Stages that the pods of a role serve; other roles take no part. Source: llm-d-router v0.10.0, `controller/internal/processor.go`. */
const stagesOfRole = new Map<string, { readonly prefill?: true; readonly decode?: true }>([
  ['prefill', { prefill: true }],
  ['encode-prefill', { prefill: true }],
  ['decode', { decode: true }],
  ['', { decode: true }],
  ['prefill-decode', { prefill: true, decode: true }],
  ['both', { prefill: true, decode: true }],
  ['encode-prefill-decode', { prefill: true, decode: true }],
]);

/** Stages that have a saturation of their own. */
export const saturationStages = ['prefill', 'decode'] as const;
/** One of them. */
export type SaturationStage = (typeof saturationStages)[number];

/** Saturation of one stage at the last evaluation. */
export interface StageState {
  readonly candidates: Candidates;
  /** NaN for a stage without endpoints. */
  saturation: number;
  /** Endpoints without fresh metrics; NaN when the detector does not say. */
  stale: number;
}

const newStage = (): StageState => ({ candidates: new Candidates(), saturation: Number.NaN, stale: Number.NaN });

/** How full the pool is: as full as the fuller of its stages. */
export class SaturationGate {
  readonly stages: Readonly<Record<SaturationStage, StageState>> = { prefill: newStage(), decode: newStage() };
  private readonly all = new Candidates();
  private version = -1;

  constructor(
    private readonly detector: SaturationDetector & { readonly staleEndpoints?: number },
    private readonly endpoints: EndpointTable,
  ) {}

  /** Evaluates the detector anew. */
  saturation(): number {
    if (this.version !== this.endpoints.version) this.partition();
    let fullest = Number.NEGATIVE_INFINITY;
    for (const name of saturationStages) {
      const stage = this.stages[name];
      if (stage.candidates.size === 0) {
        stage.saturation = Number.NaN;
        continue;
      }
      stage.saturation = this.detector.saturation(stage.candidates);
      stage.stale = this.detector.staleEndpoints ?? Number.NaN;
      if (stage.saturation > fullest) fullest = stage.saturation;
    }
    return fullest >= 0 ? fullest : this.detector.saturation(this.all);
  }

  private partition(): void {
    const list = this.endpoints.all();
    this.all.fill(list);
    for (const name of saturationStages) {
      this.stages[name].candidates.fill(list.filter(({ metadata }) => stagesOfRole.get(metadata.labels[ROLE_LABEL] ?? '')?.[name]));
    }
    this.version = this.endpoints.version;
  }
}
