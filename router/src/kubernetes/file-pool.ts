import type { Pool } from '../request-control/pool';

/** The pool where endpoints come from a file: only its name is known. */
export class FilePool implements Pool {
  constructor(
    readonly name: string,
    readonly namespace: string,
  ) {}

  notSynced(): undefined {
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
