import type { Duration } from 'cdk8s';
import type { EnvVar } from '../manifests/pod';
import { checkInteger, checkRange } from '../util/check';
import { ensure } from '../validation/error';
import { Image } from './image';

/** Options that every engine has. */
export interface EngineOptions {
  /**
   * Image of the engine.
   *
   * @default - the release's image for the accelerator's flavour
   */
  readonly image?: string;
  /**
   * More arguments, written after ours. A flag that we write ourselves is refused, as is one given twice.
   *
   * @default - none
   */
  readonly extraArgs?: readonly string[];
  /**
   * More environment; a variable that we set ourselves is replaced.
   *
   * @default - none
   */
  readonly env?: readonly EnvVar[];
  /**
   * Longest context, in tokens, of one request.
   *
   * @default - the model's own
   */
  readonly maxModelLen?: number;
}

/** Options of {@link Engine.vllm}. */
export interface VllmOptions extends EngineOptions {
  /**
   * Share of the device's memory that the engine may use (`--gpu-memory-utilization`).
   *
   * @default - the engine's: 0.92 in current vLLM
   */
  readonly gpuMemoryUtilization?: number;
  /**
   * Most requests of one step.
   *
   * @default - the engine's
   */
  readonly maxNumSeqs?: number;
  /**
   * Most tokens of one step.
   *
   * @default - the engine's
   */
  readonly maxNumBatchedTokens?: number;
  /**
   * Precision of the weights, e.g. `bfloat16`.
   *
   * @default - the checkpoint's
   */
  readonly dtype?: string;
  /**
   * Precision of the KV cache, e.g. `fp8`.
   *
   * @default - that of the weights
   */
  readonly kvCacheDtype?: string;
  /**
   * Keeps (true) or drops (false) the hybrid KV cache manager, which models with several kinds of attention need to hand over their cache.
   *
   * @default - the engine's
   */
  readonly hybridKvCacheManager?: boolean;
  /**
   * Time that running requests get to end after SIGTERM (`--shutdown-timeout`); the pod's grace period follows it.
   *
   * @default - none: running requests are aborted
   */
  readonly shutdownTimeout?: Duration;
}

/** Options of {@link Engine.sglang}. */
export interface SglangOptions extends EngineOptions {
  /**
   * Share of the device's memory for weights and KV cache (`--mem-fraction-static`).
   *
   * @default 0.9
   */
  readonly memFractionStatic?: number;
}

/** Options of {@link Engine.simulator}. */
export interface SimulatorOptions extends EngineOptions {
  /**
   * Time to the first token of an answer.
   *
   * @default - the simulator's: at once
   */
  readonly timeToFirstToken?: Duration;
  /**
   * Time between two tokens of an answer.
   *
   * @default - the simulator's: none
   */
  readonly interTokenLatency?: Duration;
  /**
   * Most requests that are answered at the same time.
   *
   * @default - the simulator's: 5
   */
  readonly maxNumSeqs?: number;
}

/** The program that runs a model. */
export class Engine {
  readonly kind: 'vllm' | 'sglang' | 'simulator';
  /** Options of every engine. */
  readonly options: EngineOptions;
  /** @internal options of vLLM; empty for the others. */
  readonly vllmOptions: VllmOptions;
  /** @internal options of SGLang; empty for the others. */
  readonly sglangOptions: SglangOptions;
  /** @internal options of the simulator; empty for the others. */
  readonly simulatorOptions: SimulatorOptions;

  private constructor(kind: Engine['kind'], options: VllmOptions & SglangOptions & SimulatorOptions) {
    this.kind = kind;
    this.options = Object.freeze({
      ...options,
      extraArgs: Object.freeze([...(options.extraArgs ?? [])]),
      env: Object.freeze([...(options.env ?? [])]),
    });
    this.vllmOptions = kind === 'vllm' ? this.options : {};
    this.sglangOptions = kind === 'sglang' ? this.options : {};
    this.simulatorOptions = kind === 'simulator' ? this.options : {};
    Object.freeze(this);
  }

  /** vLLM's OpenAI server. */
  static vllm(options: VllmOptions = {}): Engine {
    checkCommon(options);
    checkPositive({ maxNumSeqs: options.maxNumSeqs, maxNumBatchedTokens: options.maxNumBatchedTokens });
    if (options.gpuMemoryUtilization !== undefined) {
      checkRange('engine.gpuMemoryUtilization', options.gpuMemoryUtilization, 0.01, 1);
    }
    return new Engine('vllm', options);
  }

  /** SGLang's server. */
  static sglang(options: SglangOptions = {}): Engine {
    checkCommon(options);
    if (options.memFractionStatic !== undefined) {
      checkRange('engine.memFractionStatic', options.memFractionStatic, 0.01, 1);
    }
    return new Engine('sglang', options);
  }

  /** The llm-d inference simulator: answers like vLLM, without a model and without a device. */
  static simulator(options: SimulatorOptions = {}): Engine {
    checkCommon(options);
    checkPositive({ maxNumSeqs: options.maxNumSeqs });
    return new Engine('simulator', options);
  }

  /** A copy with more arguments; see {@link EngineOptions.extraArgs}. */
  withExtraArgs(...args: readonly string[]): Engine {
    return new Engine(this.kind, { ...this.options, extraArgs: [...(this.options.extraArgs ?? []), ...args] });
  }
}

function checkCommon(options: EngineOptions): void {
  checkPositive({ maxModelLen: options.maxModelLen });
  if (options.image !== undefined) {
    Image.parse(options.image);
  }
  const extra: unknown = options.extraArgs ?? [];
  ensure(Array.isArray(extra) && extra.every((argument) => typeof argument === 'string' && argument !== ''), 'LLMD107', {
    prop: 'extraArgs',
    given: String(extra),
    allowed: 'a list of texts, none of them empty',
  });
  ensure(Array.isArray(options.env ?? []), 'LLMD107', {
    prop: 'env',
    given: String(options.env),
    allowed: 'it must be a list of { name, value }',
  });
  for (const { name, value } of options.env ?? []) {
    ensure(value === undefined || typeof value === 'string', 'LLMD107', {
      prop: 'env',
      given: `${name}=${value}`,
      allowed: 'the value of a variable is text: put it in quotes',
    });
    ensure(/^[A-Za-z_][\w.-]*$/.test(name), 'LLMD107', {
      prop: 'env',
      given: name,
      allowed: 'a variable is named by letters, digits, "_", "-" and "."',
    });
  }
}

function checkPositive(numbers: Readonly<Record<string, number | undefined>>): void {
  for (const [prop, value] of Object.entries(numbers)) {
    if (value !== undefined) {
      checkInteger(`engine.${prop}`, value, 1);
    }
  }
}
