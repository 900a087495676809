import type { IConstruct } from 'constructs';
import type { ModelInput } from './model';

/** What another tree of constructs holds, as the rules of this one shall see it; asked at each synth. */
export type Neighbour = () => ModelInput;

const NEIGHBOURS = Symbol.for('cdk8s-llm-d.neighbours');

/**
 * Lets the rules of a tree see what a tree of its own holds, e.g. the servers that a gateway of another app routes to. What the rules
 * find there is not told: the other tree has its own synth.
 */
export function addNeighbour(root: IConstruct, neighbour: Neighbour): void {
  const holder = root as unknown as Record<symbol, Neighbour[] | undefined>;
  holder[NEIGHBOURS] = [...(holder[NEIGHBOURS] ?? []), neighbour];
}

/** The neighbours of a tree. */
export function neighboursOf(root: IConstruct): readonly Neighbour[] {
  return (root as unknown as Record<symbol, readonly Neighbour[] | undefined>)[NEIGHBOURS] ?? [];
}

/** What several trees hold. Neighbours come first: of two objects with one name, that of the tree itself is then the second. */
export function seenTogether(all: readonly ModelInput[]): ModelInput {
  return {
    objects: all.flatMap(({ objects }) => objects),
    servers: all.flatMap(({ servers = [] }) => servers),
    routers: all.flatMap(({ routers = [] }) => routers),
    gateways: all.flatMap(({ gateways = [] }) => gateways),
  };
}
