import type { Context } from 'zeromq';
import type { Clock } from '../../plugin/clock';
import type { Log } from '../../plugin/context';
import type { KvEventMetrics } from './kv-metrics';

/** The socket library, loaded when the first stream is opened. */
export type Sockets = typeof import('zeromq');

/** Takes what the engines report. */
export interface EventTarget {
  message(pod: string, model: string, payload: Uint8Array): void;
  /** The engine of a pod began anew: what it reported before is void. */
  reset(pod: string): void;
}

/** Waiting times in milliseconds. Source of the defaults: llm-d-router v0.10.0, `pkg/kvevents`. */
export interface StreamTimes {
  /** Before a socket that failed is opened again. */
  readonly retry: number;
  /** Without an answer, after which a replay is asked for again. */
  readonly replayIdle: number;
  /** For a whole replay. */
  readonly replayTotal: number;
  /** Between two tries of a replay. */
  readonly replayBackoff: number;
  /** After a failed replay, before the next one. */
  readonly replayCooldown: number;
}

/** The waiting times of a running router. */
export const streamTimes: StreamTimes = {
  retry: 5000,
  replayIdle: 2000,
  replayTotal: 120_000,
  replayBackoff: 100,
  replayCooldown: 30_000,
};

/** What streams share. */
export interface StreamEnvironment {
  readonly sockets: Sockets;
  readonly context: Context;
  readonly target: EventTarget;
  readonly metrics: KvEventMetrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: StreamTimes;
}

/** Operations that can fail, as they stand in the label `operation`. */
export const OPERATIONS = [
  'bind',
  'connect',
  'recv',
  'replay-connect',
  'replay-send',
  'replay-incomplete',
  'replay-no-progress',
  'replay-timeout',
] as const;

/** Name of an operation. */
export type Operation = (typeof OPERATIONS)[number];

/** Largest message that is taken in, bytes: a batch of a million tokens has some 5 MB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
