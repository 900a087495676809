import type { JsonObject } from 'llm-d-epp-config';
import type { Candidates } from '../../plugin/candidates';
import type { Column } from '../../plugin/column';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { DataProducer, PreRequest } from '../../plugin/plugins';
import type { InferenceRequest, SchedulingResult } from '../../plugin/request';
import { type PromptHashes, promptHashes } from '../hash/prompt-hashes';
import { indexBudget, strictMatch } from '../settings';
import { ApproxIndex } from './approx-index';
import { PrefixMetrics } from './prefix-metrics';

/** Type under which upstream labels the metrics, of the multicluster twin too. */
const METRICS_TYPE = 'approx-prefix-cache-producer';
const PREFILL_PROFILE = 'prefill';
const DEFAULT_BLOCK_SIZE = 16;
/** Smaller blocks would fill the memory with entries. Source: llm-d-router v0.10.0, `approximateprefix`. */
const MIN_BLOCK_SIZE = 64;
const DEFAULT_LRU_CAPACITY = 31250;
const BYTES_PER_TOKEN = 4;
const DEFAULT_BUDGET = 512 * 1024 * 1024;
const COMPLAINT_INTERVAL_MS = 60_000;

interface State {
  readonly prompt: PromptHashes;
  readonly matched: Int32Array;
}

/**
 * Remembers which prompt prefixes each endpoint was sent, and tells how much of a new prompt it should therefore have in its cache.
 */
export class ApproxPrefixCacheProducer implements DataProducer, PreRequest {
  private readonly index: ApproxIndex;
  private readonly metrics: PrefixMetrics;
  private readonly strict: boolean;
  private readonly autoTune: boolean;
  private readonly blockSize: number;
  private readonly lruCapacity: number;
  private readonly cacheBlockSize: Column;
  private readonly cacheNumBlocks: Column;
  private readonly stateKey: string;
  private complainedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: PluginContext) {
    const { parameters, endpoints, env } = context;
    this.autoTune = parameters.autoTune !== false;
    this.blockSize = configuredBlockSize(parameters);
    this.lruCapacity = positive(parameters.lruCapacityPerServer) ?? DEFAULT_LRU_CAPACITY;
    this.strict = strictMatch(env);
    this.index = new ApproxIndex(endpoints.capacity, indexBudget(env, DEFAULT_BUDGET));
    this.metrics = new PrefixMetrics(context.metrics, context.name, METRICS_TYPE, () => this.index.size);
    this.cacheBlockSize = endpoints.column(coreColumns.cacheBlockSize, 0);
    this.cacheNumBlocks = endpoints.column(coreColumns.cacheNumBlocks, 0);
    this.stateKey = `approximate-prefix/${context.name}`;
    endpoints.listen({ removed: (endpoint) => this.index.remove(endpoint.slot) });
  }

  produce(request: InferenceRequest, candidates: Candidates): void {
    const blockSize = this.blockSizeAt(candidates.size > 0 ? (candidates.slots[0] as number) : -1);
    const prompt = promptHashes(request, request.get('TokenizedPrompt', 'token-producer'), blockSize, this.maxBlocks(blockSize));
    const matched = new Int32Array(this.context.endpoints.capacity);
    let from = 0;
    for (const to of prompt.ends) {
      if (this.strict) this.index.matchStrictly(prompt.hashes, from, to, matched);
      else this.index.match(prompt.hashes, from, to, matched);
      from = to;
    }
    request.put('PrefixCacheMatchInfo', this.context.name, {
      matchBlocks: matched,
      cachedBlocks: matched,
      totalBlocks: prompt.hashes.length / 2,
      blockSizeTokens: blockSize,
    });
    const state: State = { prompt, matched };
    request.putAny(this.stateKey, state);
  }

  preRequest(request: InferenceRequest, result: SchedulingResult): void {
    const state = request.getAny(this.stateKey) as State | undefined;
    const target = result.profiles.get(result.primary)?.targets[0];
    if (state === undefined || target === undefined) return;
    this.remember(state, target);
    const prefill = result.profiles.get(PREFILL_PROFILE)?.targets[0];
    if (prefill !== undefined) this.remember(state, prefill);
    const blockBytes = this.blockSizeAt(target.slot) * BYTES_PER_TOKEN;
    const total = (state.prompt.hashes.length / 2) * blockBytes;
    this.metrics.matched((state.matched[target.slot] ?? 0) * blockBytes, total);
  }

  /** Lets go of the index: the metrics outlive a replaced configuration. */
  stop(): void {
    this.metrics.stop();
  }

  private remember({ prompt }: State, endpoint: Endpoint): void {
    if (endpoint.removed || prompt.hashes.length === 0) return;
    const blocks = this.autoTune ? this.cacheNumBlocks.at(endpoint.slot) : 0;
    const before = this.index.squeezed;
    this.index.add(prompt.hashes, endpoint.slot, blocks > 0 ? blocks : this.lruCapacity);
    if (this.index.squeezed > before) this.complain();
  }

  private complain(): void {
    const now = this.context.clock.now();
    if (now - this.complainedAt < COMPLAINT_INTERVAL_MS) return;
    this.complainedAt = now;
    const { size: blocks, budgetBytes, squeezed } = this.index;
    this.context.log.warn(
      { plugin: this.context.name, blocks, budgetBytes, squeezed },
      `the prefix index has used up its memory and forgets blocks early; raise LLM_D_EPP_PREFIX_INDEX_BYTES or lower lruCapacityPerServer`,
    );
  }

  /** Tokens of a block: what the endpoint reports, or the parameter, but never less than the minimum. */
  private blockSizeAt(slot: number): number {
    const reported = this.autoTune && slot >= 0 ? this.cacheBlockSize.at(slot) : 0;
    return Math.max(MIN_BLOCK_SIZE, Math.trunc(reported > 0 ? reported : this.blockSize));
  }

  private maxBlocks(blockSize: number): number {
    const { maxPrefixTokensToMatch: tokens, maxPrefixBlocksToMatch: blocks } = this.context.parameters;
    if (typeof tokens === 'number' && tokens > 0) return Math.floor(tokens / blockSize);
    return typeof blocks === 'number' && blocks !== 0 ? Math.max(0, blocks) : Number.POSITIVE_INFINITY;
  }
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** The older `blockSize` counts only where `blockSizeTokens` has its default. */
function configuredBlockSize({ blockSizeTokens, blockSize, autoTune }: JsonObject): number {
  const tokens = typeof blockSizeTokens === 'number' ? blockSizeTokens : DEFAULT_BLOCK_SIZE;
  const size = tokens === DEFAULT_BLOCK_SIZE ? (positive(blockSize) ?? tokens) : tokens;
  if (size <= 0 && autoTune === false) throw new Error(`blockSizeTokens is ${size}, write a number above 0 while autoTune is off`);
  return size;
}
