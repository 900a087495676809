import type { IConstruct } from 'constructs';
import { deepFreeze } from '../util/freeze';
import { Scoped } from '../util/scoped';
import { RELEASES, type ReleaseRow } from '../versions';

const ATTACHED = new Scoped<Release>('release');

/**
 * One release train: the images that are deployed together. Attach it to a `ServingChart` (`release`) or to any scope with
 * {@link Release.applyTo}; constructs below find it with {@link Release.of}.
 */
export class Release {
  /** The newest train. */
  static readonly LATEST = new Release(RELEASES['2026.06']);

  /** The pins of this train. */
  readonly row: ReleaseRow;

  private constructor(row: ReleaseRow) {
    this.row = deepFreeze(row);
    Object.freeze(this);
  }

  /** The release that holds for a construct: that of the nearest scope which has one, else {@link Release.LATEST}. */
  static of(scope: IConstruct): Release {
    return ATTACHED.of(scope) ?? Release.LATEST;
  }

  /** A copy with some pins replaced; engine tables are merged flavour by flavour. */
  with(overrides: Partial<ReleaseRow>): Release {
    const engines = overrides.engines;
    return new Release({
      ...this.row,
      ...overrides,
      engines: {
        vllm: { ...this.row.engines.vllm, ...engines?.vllm },
        sglang: { ...this.row.engines.sglang, ...engines?.sglang },
        simulator: { ...this.row.engines.simulator, ...engines?.simulator },
      },
      wideEp: { ...this.row.wideEp, ...overrides.wideEp },
    });
  }

  /** Makes this the release of everything below `scope`. */
  applyTo(scope: IConstruct): void {
    ATTACHED.attach(scope, this);
  }
}
