import type { Candidates } from '../../plugin/candidates';
import type { PluginContext } from '../../plugin/context';
import { coreColumns } from '../../plugin/data';
import type { Endpoint } from '../../plugin/endpoint';
import type { DataProducer } from '../../plugin/plugins';
import type { InferenceRequest } from '../../plugin/request';
import { promptHashes } from '../hash/prompt-hashes';
import { type AssignmentOptions, assignBatch, type BatchEntry } from './batch-assignment';

/** A request may wait this much longer than the window. Source of it and of the cap: llm-d-router v0.10.0, `burstprefix`. */
const TIMEOUT_MARGIN_MS = 300;
const DEFAULT_MAX_BLOCKS = 2048;

interface Batch {
  readonly entries: BatchEntry[];
  readonly sealed: Promise<void>;
}

/**
 * Holds requests back for a window of time and places those with the same prompt together: the endpoint that is meant for a request
 * matches all of its prompt, the others nothing.
 */
export class BurstPrefixCacheProducer implements DataProducer {
  readonly timeoutMs: number;
  private readonly windowMs: number;
  private readonly blockSize: number;
  private readonly maxBlocks: number;
  private readonly maxBatch: number;
  private readonly assignment: AssignmentOptions;
  private batch: Batch | undefined;

  constructor(private readonly context: PluginContext) {
    const { parameters, endpoints } = context;
    const number = (name: string, fallback: number): number => {
      const value = parameters[name];
      return typeof value === 'number' ? value : fallback;
    };
    this.windowMs = number('windowDurationMs', 100);
    this.timeoutMs = this.windowMs + TIMEOUT_MARGIN_MS;
    this.blockSize = number('blockSizeTokens', 64);
    const maxTokens = number('maxPrefixTokensToMatch', 0);
    this.maxBlocks = maxTokens > 0 ? Math.floor(maxTokens / this.blockSize) : DEFAULT_MAX_BLOCKS;
    this.maxBatch = number('maxBatchSize', 1000);
    const running = endpoints.column(coreColumns.running, 0);
    this.assignment = {
      maxPerReplica: number('maxPerReplica', -1),
      minColocateBlocks: number('minColocateBlocks', 0),
      byTokens: parameters.balanceBy === 'tokens',
      running: ({ slot }) => running.at(slot),
    };
  }

  /** @throws Error when the batch has as many requests as it may have */
  async produce(request: InferenceRequest, candidates: Candidates): Promise<void> {
    const { hashes } = promptHashes(request, request.get('TokenizedPrompt', 'token-producer'), this.blockSize, this.maxBlocks);
    this.batch ??= this.open();
    const { entries, sealed } = this.batch;
    if (this.maxBatch >= 0 && entries.length >= this.maxBatch)
      throw new Error(`the batch has its ${this.maxBatch} requests already (maxBatchSize)`);
    const entry: BatchEntry = {
      prefix: Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength).toString('latin1'),
      endpoints: this.endpointsOf(candidates),
    };
    entries.push(entry);
    await sealed;
    this.publish(request, entry, hashes.length / 2);
  }

  private open(): Batch {
    const entries: BatchEntry[] = [];
    const sealed = new Promise<void>((resolve) => {
      setTimeout(() => {
        this.batch = undefined;
        assignBatch(entries, this.assignment);
        resolve();
      }, this.windowMs);
    });
    return { entries, sealed };
  }

  /** The list of candidates is only lent, and the wait is longer than that. */
  private endpointsOf(candidates: Candidates): Endpoint[] {
    const endpoints: Endpoint[] = [];
    for (let i = 0; i < candidates.size; i++) {
      const endpoint = this.context.endpoints.at(candidates.slots[i] as number);
      if (endpoint !== undefined) endpoints.push(endpoint);
    }
    return endpoints;
  }

  private publish(request: InferenceRequest, { endpoints, assigned }: BatchEntry, totalBlocks: number): void {
    const matched = new Int32Array(this.context.endpoints.capacity).fill(-1);
    for (const endpoint of endpoints) if (!endpoint.removed) matched[endpoint.slot] = endpoint === assigned ? totalBlocks : 0;
    if (assigned !== undefined && (assigned.removed || !endpoints.includes(assigned)))
      this.context.log.debug(
        { plugin: this.context.name, assigned: assigned.id },
        'the endpoint meant for a burst is no candidate any more',
      );
    request.put('PrefixCacheMatchInfo', this.context.name, {
      matchBlocks: matched,
      cachedBlocks: matched,
      totalBlocks,
      blockSizeTokens: this.blockSize,
    });
  }
}
