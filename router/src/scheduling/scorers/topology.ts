import type { Topology } from '../../datalayer/extractors/topology-extractor';

const LEVELS = ['hostname', 'rack', 'zone', 'region'] as const;

/** Name of a field of `Topology`, the tightest first. */
export type TopologyLevel = (typeof LEVELS)[number];

/** The tightest level that two places share; undefined when they share none, or nothing is known of one of them. */
export function sharedLevel(one: Topology | undefined, other: Topology | undefined): TopologyLevel | undefined {
  if (one === undefined || other === undefined) return undefined;
  return LEVELS.find((level) => Boolean(one[level]) && one[level] === other[level]);
}
