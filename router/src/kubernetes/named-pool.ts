import type { Pool } from '../request-control/pool';

/** A pool of which only the name is known, as where endpoints come from a file: neither objectives nor rewrites. */
export class NamedPool implements Pool {
  constructor(
    readonly name: string,
    readonly namespace: string,
  ) {}

  notSynced(): string | undefined {
    return undefined;
  }

  priorityOf(): undefined {
    return undefined;
  }

  priorities(): readonly number[] {
    return [];
  }

  rewrite(): undefined {
    return undefined;
  }
}
