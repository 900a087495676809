import { fail } from '../validation/error';
import type { Accelerator } from '../values/accelerator';
import type { Engine } from '../values/engine';
import type { Network } from '../values/network';
import type { Release } from '../values/release';

/** Which column of the release's table a role takes its image from. */
export function imageFlavourOf(accelerator: Accelerator, network: Network, wide: boolean): string {
  return wide ? accelerator.wideEpImageFlavour : network.imageFlavourFor(accelerator);
}

/** Image of an engine: the user's, else the release's for the flavour; LLMD703 when there is none. */
export function imageOf(engine: Engine, accelerator: Accelerator, network: Network, release: Release, wide: boolean): string {
  if (engine.options.image !== undefined) {
    return engine.options.image;
  }
  const flavour = imageFlavourOf(accelerator, network, wide);
  const table = wide ? release.row.wideEp : release.row.engines[engine.kind];
  return (
    table[flavour] ??
    table.any ??
    fail('LLMD703', { engine: engine.kind, accelerator: accelerator.name, flavour, allowed: Object.keys(table).join(', ') })
  );
}
