import type { Candidates } from '../plugin/candidates';
import type { Column } from '../plugin/column';
import type { PluginContext } from '../plugin/context';
import { coreColumns, type PrefixCacheMatchInfo, textParameter } from '../plugin/data';
import type { DataProducer, PreRequest } from '../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../plugin/request';

/** Names the endpoint whose cache the model server may pull blocks from. */
const SOURCE_HEADER = 'x-kv-cache-source-host-port';
/** Blocks are pulled from this tier. Source: llm-d-router v0.10.0, `dataproducer/p2psource`. */
const PULL_TIER = 'cpu';

interface Source {
  readonly host: string;
  readonly cachedTokens: number;
}

/**
 * Names a peer that the computing endpoint can pull cached blocks from instead of computing them: one of those within a block of the
 * longest cached prefix, by the request's id, the busier the less likely. It is named when it holds enough more than the computing one.
 */
export class P2pSourceProducer implements DataProducer, PreRequest {
  private readonly matches: string;
  private readonly minDelta: number;
  private readonly prefillProfile: string;
  private readonly waiting: Column;
  private readonly stateKey: string;

  constructor(private readonly context: PluginContext) {
    const { parameters, endpoints, name } = context;
    this.matches = textParameter(parameters, 'prefixMatchInfoProducerName', 'approx-prefix-cache-producer');
    this.minDelta = typeof parameters.minCachedTokenDelta === 'number' ? parameters.minCachedTokenDelta : 1;
    this.prefillProfile = textParameter(parameters, 'prefillProfileName', 'prefill');
    this.waiting = endpoints.column(coreColumns.waiting, 0);
    this.stateKey = `p2p-source/${name}`;
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    const info = request.get('PrefixCacheMatchInfo', this.matches);
    if (info === undefined) return;
    const blocks = info.tiers === undefined ? info.cachedBlocks : info.tiers.get(PULL_TIER);
    if (blocks === undefined) return;
    const slot = this.choose(request.id, candidates, blocks);
    const endpoint = slot < 0 ? undefined : this.context.endpoints.at(slot);
    if (endpoint === undefined) return;
    const source: Source = { host: endpoint.host, cachedTokens: (blocks[slot] as number) * info.blockSizeTokens };
    request.putAny(this.stateKey, source);
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    request.headers.delete(SOURCE_HEADER);
    const source = request.getAny(this.stateKey) as Source | undefined;
    const computing = (result.profiles.get(this.prefillProfile) ?? result.profiles.get(result.primary))?.targets[0];
    if (source === undefined || computing === undefined || computing.host === source.host) return;
    const info = request.get('PrefixCacheMatchInfo', this.matches);
    if (source.cachedTokens - cachedTokens(info, computing.slot) < this.minDelta) return;
    request.headers.set(SOURCE_HEADER, source.host);
  }

  /** A slot among those within one block of the most, -1 when nobody holds any. */
  private choose(id: string, candidates: Candidates, blocks: Int32Array): number {
    let most = 0;
    for (let i = 0; i < candidates.size; i++) most = Math.max(most, blocks[candidates.slots[i] as number] ?? 0);
    if (most === 0) return -1;
    const least = Math.max(1, most - 1);
    let total = 0;
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      if ((blocks[slot] ?? 0) >= least) total += this.weight(slot);
    }
    let rest = fraction(id) * total;
    let chosen = -1;
    for (let i = 0; i < candidates.size; i++) {
      const slot = candidates.slots[i] as number;
      if ((blocks[slot] ?? 0) < least) continue;
      chosen = slot;
      rest -= this.weight(slot);
      if (rest < 0) break;
    }
    return chosen;
  }

  private weight(slot: number): number {
    return 1 / (1 + this.waiting.at(slot));
  }
}

function cachedTokens(info: PrefixCacheMatchInfo | undefined, slot: number): number {
  return info === undefined ? 0 : Math.max(0, info.cachedBlocks[slot] ?? 0) * info.blockSizeTokens;
}

/** A number in [0, 1) for a text: FNV-1a, 32 bits. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
