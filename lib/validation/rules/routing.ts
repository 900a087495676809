import type { RouterPlan } from '../../router/router-plan';
import { type Finding, finding } from '../findings';
import type { SynthModel } from '../model';
import type { Rule } from './rule';

const APPROXIMATE: ReadonlySet<string> = new Set(['approx-prefix-cache-producer', 'multicluster-approx-prefix-cache-producer']);

/** Smaller blocks are replaced by this. Source: the router. */
const SMALLEST_BLOCK = 64;

/** V44: an approximate index whose block size is fixed has blocks that engines cache. */
export const approximateBlocks: Rule = ({ routers }) => routers.flatMap(checkBlocks);

function checkBlocks({ path, servers, config }: RouterPlan): readonly Finding[] {
  const engine = servers.kvBlockTokens;
  return (config.plugins ?? []).flatMap(({ type, parameters }) => {
    const { autoTune, blockSizeTokens } = (parameters ?? {}) as { readonly autoTune?: unknown; readonly blockSizeTokens?: unknown };
    const router = Math.max(SMALLEST_BLOCK, Number(blockSizeTokens));
    const fixed = APPROXIMATE.has(type) && autoTune === false && blockSizeTokens !== undefined && engine !== undefined;
    return fixed && router % engine !== 0 ? [finding('LLMD519', path, { router, engine, servers: servers.name })] : [];
  });
}

/** V47: the pods whose latencies one model predicts are of one kind. */
export const mixedPrediction: Rule = ({ routers }: SynthModel) =>
  routers
    .filter(({ facts, servers }) => facts.needsLatencyPredictor && servers.roles.length > 1)
    .flatMap(({ path, servers }) => {
      const kinds = {
        accelerator: servers.roles.map(({ accelerator }) => accelerator.name),
        'tensor parallelism': servers.roles.map(({ layout }) => layout.tensor),
      };
      return Object.entries(kinds)
        .filter(([, values]) => new Set<unknown>(values).size > 1)
        .map(([what]) => finding('LLMD520', path, { servers: servers.name, what }));
    });
