import { type Environment, sizeVariable, wordVariable } from '../config/variables';

/** How ext-proc behaves where the environment may say otherwise. */
export interface ExtProcSettings {
  /** Largest request body in bytes; larger ones are refused with 413. `LLM_D_EPP_MAX_REQUEST_BODY_BYTES`. */
  readonly maxRequestBodyBytes: number;
  /** Bytes of bodies that all streams may hold together. `LLM_D_EPP_MAX_BUFFERED_BYTES`. */
  readonly maxBufferedBytes: number;
  /** Whether headers that nobody changed are sent back, as upstream does. `LLM_D_EPP_ECHO_HEADERS` is `all` (default) or `changed`. */
  readonly echo: boolean;
  /** Whether ports of the subset hint count. `LLM_D_EPP_SUBSET_PORTS` is `ignore` (default) or `honour`. */
  readonly honourSubsetPorts: boolean;
  /** Whether denials of admitters keep their kind. `LLM_D_EPP_ADMITTER_STATUS` is `internal` (default) or `typed`. */
  readonly typedDenials: boolean;
}

/** Reads the settings. @throws Error that says what is allowed */
export function extProcSettings(env: Environment): ExtProcSettings {
  return {
    maxRequestBodyBytes: sizeVariable(env, 'LLM_D_EPP_MAX_REQUEST_BODY_BYTES'),
    maxBufferedBytes: sizeVariable(env, 'LLM_D_EPP_MAX_BUFFERED_BYTES'),
    echo: wordVariable(env, 'LLM_D_EPP_ECHO_HEADERS') === 'all',
    honourSubsetPorts: wordVariable(env, 'LLM_D_EPP_SUBSET_PORTS') === 'honour',
    typedDenials: wordVariable(env, 'LLM_D_EPP_ADMITTER_STATUS') === 'typed',
  };
}

/** Bytes that are held for all streams together. */
export class BufferBudget {
  used = 0;

  constructor(private readonly limit: number) {}

  /** Takes bytes; false when they would be too many, and then none are taken. */
  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.used -= bytes;
  }
}
