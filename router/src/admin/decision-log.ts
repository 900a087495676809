import type { Candidates } from '../plugin/candidates';
import type { Clock } from '../plugin/clock';
import type { Endpoint } from '../plugin/endpoint';
import type { EndpointTable } from '../plugin/endpoint-table';
import type { InferenceRequest, SchedulingResult } from '../plugin/request';
import type { DecisionRecord, DecisionRecorder } from '../scheduling/recorder';

/** Scores of one scorer; values stand in the order of the profile's `scored` endpoints. */
export interface ScorerNote {
  readonly scorer: string;
  readonly weight: number;
  readonly scores: Float32Array;
}

/** What one filter took out. */
export interface FilterNote {
  readonly filter: string;
  readonly removed: readonly string[];
}

/** How one profile went. */
export interface ProfileNote {
  readonly profile: string;
  /** Endpoints it started with. */
  readonly considered: readonly string[];
  readonly filters: FilterNote[];
  readonly scorers: ScorerNote[];
  /** Endpoints that the filters left, with their weighted sums. */
  scored: readonly string[];
  totals: Float32Array;
  picked: readonly string[];
}

/** How one request was decided. */
export interface DecisionNote {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly model: string;
  readonly targetModel: string;
  readonly objective: string;
  readonly priority: number;
  readonly fairnessId: string;
  readonly promptBytes: number;
  /** Endpoints in question for the request. */
  readonly candidates: readonly string[];
  readonly profiles: ProfileNote[];
  primary: string;
  error: string;
}

const PER_SECOND = 50;

/** Longest text of a client in a note, in UTF-16 units: a body may name a model of megabytes. */
const MAX_TEXT = 512;

/** A text as notes keep it. What is cut is copied, since a part of a string keeps all of it in memory. */
const noted = (text: string): string => (text.length <= MAX_TEXT ? text : `${Buffer.from(text.slice(0, MAX_TEXT)).toString()}…`);

/**
 * The last decisions with their reasons. At most 50 a second are noted, so that notes cost nothing under load; below that rate every
 * decision is there.
 */
export class DecisionLog implements DecisionRecorder {
  private readonly notes: DecisionNote[] = [];
  private second = Number.NEGATIVE_INFINITY;
  private inSecond = 0;
  /** Decisions that were not noted because there were too many. */
  skipped = 0;

  constructor(
    private readonly endpoints: EndpointTable,
    private readonly clock: Clock,
    /** How many are kept; 0 switches notes off. */
    private readonly limit: number,
  ) {}

  /** Newest first. */
  latest(): readonly DecisionNote[] {
    return [...this.notes].reverse();
  }

  begin(request: InferenceRequest, candidates: Candidates): DecisionRecord | undefined {
    if (this.limit === 0) return undefined;
    const now = this.clock.now();
    if (now - this.second >= 1000) {
      this.second = now;
      this.inSecond = 0;
    }
    if (++this.inSecond > PER_SECOND) {
      this.skipped++;
      return undefined;
    }
    const note: DecisionNote = {
      requestId: noted(request.id),
      time: this.clock.wallTime(),
      model: noted(request.incomingModel),
      targetModel: noted(request.targetModel),
      objective: noted(request.objective),
      priority: request.priority,
      fairnessId: noted(request.fairnessId),
      promptBytes: request.sizeBytes,
      candidates: this.hosts(candidates),
      profiles: [],
      primary: '',
      error: '',
    };
    this.notes.push(note);
    if (this.notes.length > this.limit) this.notes.shift();
    return new NoteTaker(note, (list) => this.hosts(list));
  }

  private hosts(candidates: Candidates): string[] {
    return Array.from(candidates.slots.subarray(0, candidates.size), (slot) => this.endpoints.at(slot)?.host ?? '?');
  }
}

class NoteTaker implements DecisionRecord {
  constructor(
    private readonly note: DecisionNote,
    private readonly hosts: (candidates: Candidates) => string[],
  ) {}

  profileStarted(profile: string, candidates: Candidates): void {
    const considered = this.hosts(candidates);
    this.note.profiles.push({
      profile,
      considered,
      filters: [],
      scorers: [],
      scored: considered,
      totals: new Float32Array(0),
      picked: [],
    });
  }

  filtered(profile: string, filter: string, left: Candidates): void {
    const entry = this.profile(profile);
    if (entry === undefined) return;
    const hosts = this.hosts(left);
    const kept = new Set(hosts);
    entry.filters.push({ filter, removed: entry.scored.filter((host) => !kept.has(host)) });
    entry.scored = hosts;
  }

  scored(profile: string, scorer: string, weight: number, candidates: Candidates, scores: Float64Array): void {
    this.profile(profile)?.scorers.push({ scorer, weight, scores: Float32Array.from(scores.subarray(0, candidates.size)) });
  }

  picked(profile: string, candidates: Candidates, totals: Float64Array, targets: readonly Endpoint[]): void {
    const entry = this.profile(profile);
    if (entry === undefined) return;
    entry.scored = this.hosts(candidates);
    entry.totals = Float32Array.from(totals.subarray(0, candidates.size));
    entry.picked = targets.map((target) => target.host);
  }

  ended(result: SchedulingResult | undefined, error?: unknown): void {
    this.note.primary = result?.primary ?? '';
    this.note.error = error === undefined ? '' : error instanceof Error ? error.message : String(error);
  }

  /** The last run of a profile: one that left nothing may have been run again on more endpoints. */
  private profile(name: string): ProfileNote | undefined {
    return [...this.note.profiles].reverse().find((entry) => entry.profile === name);
  }
}
