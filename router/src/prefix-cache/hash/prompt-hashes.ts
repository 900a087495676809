import type { TokenizedPrompt } from '../../plugin/data';
import type { InferenceRequest } from '../../plugin/request';
import { type HashList, hashKernel } from './hash-kernel';

/** Block hashes of all prompts of a request, one prompt after the other. */
export interface PromptHashes {
  readonly hashes: HashList;
  /** Block after the last one of each prompt that has blocks. */
  readonly ends: readonly number[];
}

const NONE: PromptHashes = { hashes: new Uint32Array(0), ends: [] };

/**
 * Hashes the prompts of a request in blocks, the last one partial, at most `maxBlocks` of each prompt. Model and cache salt are the
 * root of each chain, so other models and salts have other hashes. Source: llm-d-router v0.10.0, `dataproducer/prefixhash`.
 */
export function promptHashes(
  request: InferenceRequest,
  prompt: TokenizedPrompt | undefined,
  blockSize: number,
  maxBlocks: number,
): PromptHashes {
  if (prompt === undefined) return NONE;
  let total = 0;
  for (const { ids } of prompt.prompts) total += Math.min(maxBlocks, Math.ceil(ids.length / blockSize));
  if (total === 0) return NONE;
  const root = hashKernel.xxh64(Buffer.from(request.targetModel + request.body.cacheSalt));
  const { low, high } = root;
  const hashes = new Uint32Array(total * 2);
  const ends: number[] = [];
  let at = 0;
  for (const { ids } of prompt.prompts) {
    const blocks = Math.min(maxBlocks, Math.ceil(ids.length / blockSize));
    if (blocks === 0) continue;
    hashKernel.start(low, high).pairChain(ids, blockSize, blocks, hashes, at * 2);
    at += blocks;
    ends.push(at);
  }
  return { hashes, ends };
}
