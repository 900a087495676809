import type { JsonObject } from 'llm-d-epp-config';

/** How many endpoints a picker returns at most: its parameter, or 1 where that is not above 0. */
export function wantedEndpoints({ maxNumOfEndpoints }: JsonObject): number {
  return typeof maxNumOfEndpoints === 'number' && maxNumOfEndpoints > 0 ? maxNumOfEndpoints : 1;
}

/** 0, 1, ... up to `size` - 1. */
export const positions = (size: number): number[] => Array.from({ length: size }, (_, position) => position);

/** Brings a list in a random order, each equally likely (Fisher-Yates). */
export function shuffle(list: number[], random: () => number): number[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = list[last] as number;
    list[last] = list[other] as number;
    list[other] = moved;
  }
  return list;
}
