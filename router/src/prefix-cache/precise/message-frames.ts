/** A message of an engine: what is published, and what a replay answers with. */
export interface EngineMessage {
  readonly topic: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Reads topic, number (8 bytes, highest first) and payload; undefined when the frames are no such message. */
export function engineMessage(frames: readonly Buffer[]): EngineMessage | undefined {
  const [topic, sequence, payload] = frames;
  if (frames.length !== 3 || topic === undefined || payload === undefined || sequence === undefined || sequence.length < 8)
    return undefined;
  return { topic: topic.toString(), sequence: Number(sequence.readBigUInt64BE()), payload };
}

/** Pod and model of a topic `kv@<pod>@<model>`. */
export function topicParts(topic: string): { readonly pod: string; readonly model: string } {
  const parts = topic.split('@');
  return parts.length === 3 ? { pod: parts[1] as string, model: parts[2] as string } : { pod: topic, model: '' };
}

const BATCH_WITH_RANK = 0x93;

/**
 * Tells the engines of a pod apart, which publish under one topic and count their messages each for itself: a batch is a list of time,
 * events and, last, the engine's rank, so the last byte differs with the rank. Source: vLLM 0.30, `distributed/kv_events.py`.
 */
export function rankMark(payload: Uint8Array): number {
  return payload[0] === BATCH_WITH_RANK ? (payload.at(-1) as number) : 0;
}
