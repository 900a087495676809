import { ensure } from '../validation/error';
import type { Accelerator } from '../values/accelerator';
import type { Engine } from '../values/engine';
import type { KvCache } from '../values/kv-cache';
import type { KvTransfer } from '../values/kv-transfer';
import type { ParallelLayout } from '../values/plan';

/** Sizes of a block that the simulator accepts. Source: its configuration. */
const SIMULATOR_BLOCKS: readonly number[] = [8, 16, 32, 64, 128];

/**
 * What an engine cannot do, whatever the flags.
 *
 * Errors: LLMD715 for a mode that it does not have; LLMD104 for a block size that the simulator refuses.
 */
export function checkAbilities(
  engine: Engine,
  accelerator: Accelerator,
  layout: ParallelLayout,
  transfer: KvTransfer | undefined,
  kvCache: KvCache,
  wide: boolean,
): void {
  ensure(!(accelerator.vendor === 'google' && transfer !== undefined && engine.kind !== 'simulator'), 'LLMD715', {
    engine: `${engine.kind} on ${accelerator.name}`,
    what: `hand over its KV cache by ${transfer?.kind}`,
    change: 'use ModelServing; TPUs have a connector of their own, which is not supported here',
  });
  // Each rank publishes on a port of its own; behind one serving port the router could tell only the first from the others.
  ensure(kvCache.eventsPort === undefined || wide || layout.data === 1, 'LLMD715', {
    engine: engine.kind,
    what: `publish cache events of ${layout.data} data-parallel ranks behind one port`,
    change: 'raise `replicas` instead of `parallelism.data`, use WideEPGroup, or drop `publishEvents`',
  });
  if (engine.kind === 'simulator') {
    ensure(!wide, 'LLMD715', { engine: 'the simulator', what: 'run wide expert parallelism', change: 'use ModelServing' });
    ensure(layout.podsPerReplica === 1, 'LLMD715', { engine: 'the simulator', what: 'span pods', change: 'drop `parallelism`' });
    ensure(kvCache.eventsPort === undefined, 'LLMD715', {
      engine: 'the simulator',
      what: 'listen for subscribers to cache events (it dials one)',
      change: 'drop `publishEvents`, or set `--enable-kvcache` and `--zmq-endpoint` to your subscriber by `extraArgs`',
    });
    const { blockTokens } = kvCache;
    ensure(blockTokens === undefined || SIMULATOR_BLOCKS.includes(blockTokens), 'LLMD104', {
      prop: 'kvCache.blockTokens',
      given: String(blockTokens),
      allowed: `one of ${SIMULATOR_BLOCKS.join(', ')} for the simulator`,
    });
  }
  if (engine.kind === 'sglang') {
    ensure(!wide, 'LLMD715', {
      engine: 'SGLang',
      what: 'run with a port for each data-parallel rank',
      change: 'use Engine.vllm(), or ModelServing with `parallelism.data`',
    });
    ensure(!(layout.podsPerReplica > 1 && layout.data > 1 && transfer !== undefined), 'LLMD715', {
      engine: 'SGLang',
      what: 'split data-parallel replicas over several pods',
      change: 'lower `parallelism.data` to what one node holds',
    });
  }
}
