import type { Endpoint } from '../../plugin/endpoint';
import { BLOCK_LENGTH, PlacedBlocks } from './placed-blocks';

/** A request of a batch. */
export interface BatchEntry {
  /** Its block hashes, `BLOCK_LENGTH` characters each; '' when it has none. */
  readonly prefix: string;
  /** Its candidates. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Where it shall go.
   * @default - no matter where
   */
  assigned?: Endpoint;
}

/** How requests are spread. */
export interface AssignmentOptions {
  /** Requests of one group at one endpoint, -1 for any number. */
  readonly maxPerReplica: number;
  /** Blocks that different prompts must share to be put together; 0 puts equal prompts together only. */
  readonly minColocateBlocks: number;
  /** Whether blocks to compute are balanced instead of requests. */
  readonly byTokens: boolean;
  readonly running: (endpoint: Endpoint) => number;
}

/** Requests with the same prefix. */
interface Group {
  readonly members: BatchEntry[];
  readonly prefix: string;
  /** Blocks of the prefix. */
  readonly cost: number;
}

/**
 * Assigns the requests of a batch so that equal prompts, and with `minColocateBlocks` those with a common start, come to the same
 * endpoint. Groups of equal prompts go first, long ones before short ones; no endpoint gets more than its fair share for the sake of a
 * common start. Source: llm-d-router v0.10.0, `dataproducer/burstprefix`.
 */
export function assignBatch(entries: readonly BatchEntry[], options: AssignmentOptions): void {
  const groups = groupsOf(entries);
  const replicas = entries.find(({ prefix }) => prefix !== '')?.endpoints ?? [];
  if (replicas.length === 0) return;
  const shared = sharedStarts(groups, options.minColocateBlocks);
  const byCost = (a: Group, b: Group): number => b.cost - a.cost;
  const several = groups.filter(({ members }) => members.length >= 2).sort(byCost);
  const single = groups.filter((group) => group.members.length < 2 && shared.has(group)).sort(byCost);
  const units = [...several, ...single];
  const total = units.reduce((sum, { cost, members }) => sum + (options.byTokens ? cost : members.length), 0);
  const placement = new Placement(replicas, options, Math.ceil(total / replicas.length));
  for (const unit of units) placement.place(unit);
}

function groupsOf(entries: readonly BatchEntry[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    if (entry.prefix === '') continue;
    const group = groups.get(entry.prefix);
    if (group === undefined) {
      const cost = entry.prefix.length / BLOCK_LENGTH;
      groups.set(entry.prefix, { members: [entry], prefix: entry.prefix, cost });
    } else group.members.push(entry);
  }
  return [...groups.values()];
}

/** Groups whose first blocks another request of the batch has too. */
function sharedStarts(groups: readonly Group[], blocks: number): ReadonlySet<Group> {
  if (blocks <= 0) return new Set();
  const long = groups.filter(({ cost }) => cost >= blocks);
  const start = ({ prefix }: Group): string => prefix.slice(0, blocks * BLOCK_LENGTH);
  const counts = new Map<string, number>();
  for (const group of long) counts.set(start(group), (counts.get(start(group)) ?? 0) + group.members.length);
  return new Set(long.filter((group) => (counts.get(start(group)) ?? 0) >= 2));
}

/** The endpoints while a batch is placed on them. */
class Placement {
  private readonly blocks = new PlacedBlocks();
  private readonly load = new Map<Endpoint, number>();

  constructor(
    private readonly replicas: readonly Endpoint[],
    private readonly options: AssignmentOptions,
    private readonly fairShare: number,
  ) {}

  place(group: Group): void {
    const { byTokens, maxPerReplica, minColocateBlocks } = this.options;
    const matches = minColocateBlocks > 0 || byTokens ? this.blocks.match(group.prefix) : new Map<Endpoint, number>();
    const placed = new Map<Endpoint, number>();
    for (let next = 0; next < group.members.length; ) {
      const wanted = next === 0 && minColocateBlocks > 0 ? this.bestMatch(matches) : undefined;
      const target = wanted ?? this.leastLoaded(placed);
      const before = placed.get(target) ?? 0;
      // More members than all endpoints may take: one at a time, to keep the balance.
      const room = maxPerReplica < 0 ? group.members.length : Math.max(1, maxPerReplica - before);
      const end = Math.min(group.members.length, next + room);
      for (let i = next; i < end; i++) (group.members[i] as BatchEntry).assigned = target;
      placed.set(target, before + end - next);
      if (!byTokens) this.addLoad(target, end - next);
      else if (before === 0) this.addLoad(target, Math.max(0, group.cost - (matches.get(target) ?? 0)));
      next = end;
    }
    for (const endpoint of placed.keys()) this.blocks.add(group.prefix, endpoint);
  }

  /** The endpoint with the longest common start that is below its fair share. */
  private bestMatch(matches: ReadonlyMap<Endpoint, number>): Endpoint | undefined {
    let best: Endpoint | undefined;
    let most = 0;
    for (const endpoint of this.replicas) {
      const match = matches.get(endpoint) ?? 0;
      if (this.loadOf(endpoint) >= this.fairShare || match < this.options.minColocateBlocks) continue;
      if (best !== undefined && (match < most || (match === most && !this.before(endpoint, best)))) continue;
      best = endpoint;
      most = match;
    }
    return best;
  }

  private leastLoaded(placed: ReadonlyMap<Endpoint, number>): Endpoint {
    const { maxPerReplica } = this.options;
    const open = this.replicas.filter((endpoint) => maxPerReplica < 0 || (placed.get(endpoint) ?? 0) < maxPerReplica);
    const from = open.length > 0 ? open : this.replicas;
    return from.reduce((best, endpoint) => (this.before(endpoint, best) ? endpoint : best));
  }

  /** Less load first, then fewer running requests, then by name. */
  private before(a: Endpoint, b: Endpoint): boolean {
    const { running } = this.options;
    const difference = this.loadOf(a) - this.loadOf(b) || running(a) - running(b);
    return difference === 0 ? a.id < b.id : difference < 0;
  }

  private loadOf(endpoint: Endpoint): number {
    return this.load.get(endpoint) ?? 0;
  }

  private addLoad(endpoint: Endpoint, amount: number): void {
    this.load.set(endpoint, this.loadOf(endpoint) + amount);
  }
}
