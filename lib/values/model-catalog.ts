/**
 * Facts of well-known models, by Hugging Face id: what the library checks a deployment against when the user does not state it.
 *
 * Sources: the models' `config.json` (heads); exact parameter counts at two bytes each (weights in GiB). The weights of gpt-oss-120b,
 * Llama-3.2-3B and the DeepSeek models are sizes of published checkpoints, not re-checked; they only set budgets and warnings.
 */

/** What is known of a model. */
export interface ModelFacts {
  /** Attention heads: tensor parallelism must divide them. */
  readonly attentionHeads: number;
  /** Key/value heads; 1 for multi-head latent attention. */
  readonly kvHeads: number;
  /** Weights as stored, GiB. */
  readonly weightGib: number;
  /** True when the repository needs an accepted licence and so a token. */
  readonly gated: boolean;
}

function facts(attentionHeads: number, kvHeads: number, weightGib: number, gated = false): ModelFacts {
  return Object.freeze({ attentionHeads, kvHeads, weightGib, gated });
}

/** Facts by Hugging Face id. */
export const KNOWN_MODELS: Readonly<Record<string, ModelFacts>> = Object.freeze({
  'Qwen/Qwen2.5-0.5B-Instruct': facts(14, 2, 0.92),
  'Qwen/Qwen2.5-7B-Instruct': facts(28, 4, 14.19),
  'Qwen/Qwen2.5-72B-Instruct': facts(64, 8, 135.43),
  'Qwen/Qwen3-0.6B': facts(16, 8, 1.11),
  'Qwen/Qwen3-8B': facts(32, 8, 15.26),
  'Qwen/Qwen3-14B': facts(40, 8, 27.51),
  'Qwen/Qwen3-32B': facts(64, 8, 61.02),
  'Qwen/Qwen3-30B-A3B': facts(32, 4, 56.87),
  'Qwen/Qwen3-235B-A22B': facts(64, 4, 437.9),
  'meta-llama/Llama-3.1-8B-Instruct': facts(32, 8, 14.96, true),
  'meta-llama/Llama-3.2-1B-Instruct': facts(32, 8, 2.3, true),
  'meta-llama/Llama-3.2-3B-Instruct': facts(24, 8, 5.98, true),
  'meta-llama/Llama-3.1-70B-Instruct': facts(64, 8, 131.42, true),
  'meta-llama/Llama-3.3-70B-Instruct': facts(64, 8, 131.42, true),
  'mistralai/Mixtral-8x7B-Instruct-v0.1': facts(32, 8, 86.99, true),
  'openai/gpt-oss-20b': facts(64, 8, 12.82),
  'openai/gpt-oss-120b': facts(64, 8, 60.8),
  'deepseek-ai/DeepSeek-R1-0528': facts(128, 1, 641.3),
  'deepseek-ai/DeepSeek-V3': facts(128, 1, 641.3),
});
