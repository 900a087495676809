import type { JsonObject } from 'llm-d-epp-config';
import type { Usage } from '../plugin/request';
import { isJsonObject } from './json-body';

/** Token counts of one report; a stream may spread them over several. */
export interface UsageReport {
  readonly prompt: number;
  readonly completion: number;
  readonly total: number;
  /**
   * Prompt tokens that came from the cache.
   * @default - not reported
   */
  readonly cached?: number | undefined;
}

/** Finds the counts in a JSON answer or event. */
export type ReadUsage = (answer: JsonObject) => UsageReport | undefined;

/** A count: a number, or a numeric text; whole, at least 0. Anything else counts as 0. */
export function tokenCount(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && number > 0 && number <= Number.MAX_SAFE_INTEGER ? Math.trunc(number) : 0;
}

/**
 * Takes a report over into what is known: counts of 0 change nothing, and the total is the report's own only if it has both halves.
 * Source: llm-d-router v0.10.0, `handlers/response.go`.
 */
export function mergeUsage(known: Usage | undefined, report: UsageReport): Usage {
  const usage = known ?? { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
  if (report.prompt !== 0) usage.promptTokens = report.prompt;
  if (report.completion !== 0) usage.completionTokens = report.completion;
  if (report.cached !== undefined) usage.cachedTokens = report.cached;
  const complete = report.prompt !== 0 && report.completion !== 0 && report.total !== 0;
  usage.totalTokens = complete ? report.total : usage.promptTokens + usage.completionTokens;
  return usage;
}

const either = (usage: JsonObject, first: string, second: string): unknown => usage[first] ?? usage[second];

/** Reads a `usage` object under the names of the chat and completions APIs or of the responses API. */
export function openAiUsage(usage: unknown): UsageReport | undefined {
  if (!isJsonObject(usage)) return undefined;
  const details = either(usage, 'input_tokens_details', 'prompt_tokens_details');
  const report = {
    prompt: tokenCount(either(usage, 'prompt_tokens', 'input_tokens')),
    completion: tokenCount(either(usage, 'completion_tokens', 'output_tokens')),
    total: tokenCount(usage.total_tokens),
  };
  return isJsonObject(details) && 'cached_tokens' in details ? { ...report, cached: tokenCount(details.cached_tokens) } : report;
}
