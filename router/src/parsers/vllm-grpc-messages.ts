import type { MediaFeature } from '../plugin/data';
import { ProtoReader } from './protobuf';
import type { UsageReport } from './usage';

/** A generate request as far as the router reads it. */
export interface GenerateMessage {
  /** Text or token ids; undefined when neither is there. */
  input: string | Uint32Array | undefined;
  stream: boolean;
  maxTokens: number | undefined;
  media: readonly MediaFeature[];
}

// Field numbers. Source: vllm_engine.proto of llm-d-router v0.10.0.

function tokenizedInput(message: Buffer): Uint32Array {
  const reader = new ProtoReader(message);
  const ids: number[] = [];
  while (reader.next()) if (reader.field === 2) reader.uints(ids);
  return Uint32Array.from(ids);
}

function maxTokens(message: Buffer): number | undefined {
  const reader = new ProtoReader(message);
  let max: number | undefined;
  while (reader.next()) if (reader.field === 8) max = reader.uint();
  return max;
}

function placeholder(message: Buffer): { offset: number; length: number } {
  const reader = new ProtoReader(message);
  const range = { offset: 0, length: 0 };
  while (reader.next()) {
    if (reader.field === 1) range.offset = reader.uint();
    else if (reader.field === 2) range.length = reader.uint();
  }
  return range;
}

function images(message: Buffer): readonly MediaFeature[] {
  const reader = new ProtoReader(message);
  const ranges: { offset: number; length: number }[] = [];
  const hashes: string[] = [];
  while (reader.next()) {
    if (reader.field === 5) ranges.push(placeholder(reader.bytes()));
    else if (reader.field === 6) hashes.push(reader.text());
  }
  return ranges.map((range, i) => ({ modality: 'image', hash: hashes[i] ?? '', ...range }));
}

/** Reads a GenerateRequest. @throws Error when it is malformed */
export function readGenerate(message: Buffer): GenerateMessage {
  const reader = new ProtoReader(message);
  const request: GenerateMessage = { input: undefined, stream: false, maxTokens: undefined, media: [] };
  while (reader.next()) {
    if (reader.field === 2) request.input = tokenizedInput(reader.bytes());
    else if (reader.field === 3) request.input = reader.text();
    else if (reader.field === 4) request.maxTokens = maxTokens(reader.bytes());
    else if (reader.field === 5) request.stream = reader.uint() !== 0;
    else if (reader.field === 7) request.media = images(reader.bytes());
  }
  return request;
}

/** Token ids of an EmbedRequest; undefined when it has none. @throws Error when it is malformed */
export function readEmbed(message: Buffer): Uint32Array | undefined {
  const reader = new ProtoReader(message);
  let ids: Uint32Array | undefined;
  while (reader.next()) if (reader.field === 2) ids = tokenizedInput(reader.bytes());
  return ids;
}

/** Counts that stand in three fields of a message in this order: prompt, completion, cached. */
function countsFrom(message: Buffer, first: number): UsageReport | undefined {
  const reader = new ProtoReader(message);
  const counts = [0, 0, 0];
  while (reader.next()) {
    const index = reader.field - first;
    if (index >= 0 && index < counts.length) counts[index] = reader.uint();
  }
  const [prompt = 0, completion = 0, cached = 0] = counts;
  return prompt > 0 || completion > 0 ? { prompt, completion, total: prompt + completion, cached } : undefined;
}

/** Counts of a GenerateResponse: field 1 is a piece of a stream, field 2 the end or the whole. @throws Error when it is malformed */
export function readGenerateUsage(message: Buffer): UsageReport | undefined {
  const reader = new ProtoReader(message);
  let report: UsageReport | undefined;
  while (reader.next()) {
    if (reader.field === 1) report = countsFrom(reader.bytes(), 2);
    else if (reader.field === 2) report = countsFrom(reader.bytes(), 3);
  }
  return report;
}

/** Prompt tokens of an EmbedResponse. @throws Error when it is malformed */
export function readEmbedUsage(message: Buffer): UsageReport | undefined {
  const reader = new ProtoReader(message);
  let prompt = 0;
  while (reader.next()) if (reader.field === 2) prompt = reader.uint();
  return prompt > 0 ? { prompt, completion: 0, total: prompt } : undefined;
}
