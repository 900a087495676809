const MIB = 1024 * 1024;
const DEFAULT_REQUEST_BODY = 64 * MIB;
const DEFAULT_BUFFERED = 1024 * MIB;

/** How ext-proc behaves where the environment may say otherwise. */
export interface ExtProcSettings {
  /** Largest request body in bytes; larger ones are refused with 413. `LLM_D_EPP_MAX_REQUEST_BODY_BYTES`, by default 64 MiB. */
  readonly maxRequestBodyBytes: number;
  /** Bytes of bodies that all streams may hold together. `LLM_D_EPP_MAX_BUFFERED_BYTES`, by default 1 GiB. */
  readonly maxBufferedBytes: number;
  /** Whether headers that nobody changed are sent back, as upstream does. `LLM_D_EPP_ECHO_HEADERS` is `all` (default) or `changed`. */
  readonly echo: boolean;
  /** Whether ports of the subset hint count. `LLM_D_EPP_SUBSET_PORTS` is `ignore` (default) or `honour`. */
  readonly honourSubsetPorts: boolean;
  /** Whether denials of admitters keep their kind. `LLM_D_EPP_ADMITTER_STATUS` is `internal` (default) or `typed`. */
  readonly typedDenials: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings. @throws Error that says what is allowed */
export function extProcSettings(env: Environment): ExtProcSettings {
  return {
    maxRequestBodyBytes: bytesOf(env, 'LLM_D_EPP_MAX_REQUEST_BODY_BYTES', DEFAULT_REQUEST_BODY),
    maxBufferedBytes: bytesOf(env, 'LLM_D_EPP_MAX_BUFFERED_BYTES', DEFAULT_BUFFERED),
    echo: choice(env, 'LLM_D_EPP_ECHO_HEADERS', 'all', 'changed') === 'all',
    honourSubsetPorts: choice(env, 'LLM_D_EPP_SUBSET_PORTS', 'ignore', 'honour') === 'honour',
    typedDenials: choice(env, 'LLM_D_EPP_ADMITTER_STATUS', 'internal', 'typed') === 'typed',
  };
}

function bytesOf(env: Environment, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${name} is "${text}", it must be a whole number of bytes above 0`);
  return value;
}

function choice(env: Environment, name: string, ...allowed: [string, string]): string {
  const text = env[name];
  if (text === undefined || text === '') return allowed[0];
  if (!allowed.includes(text)) throw new Error(`${name} is "${text}", it must be ${allowed.join(' or ')}`);
  return text;
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
