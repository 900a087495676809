// Metrics pages as model servers show them.

const MODEL = 'engine="0",model_name="Qwen/Qwen3-8B"';
const BOUNDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640];
const COUNTERS = [
  'prefix_cache_queries',
  'prefix_cache_hits',
  'mm_cache_queries',
  'mm_cache_hits',
  'num_preemptions',
  'prompt_tokens',
  'generation_tokens',
];
const HISTOGRAMS = [
  'request_prompt_tokens',
  'request_generation_tokens',
  'iteration_tokens_total',
  'request_max_num_generation_tokens',
  'request_params_n',
  'request_params_max_tokens',
  'time_to_first_token_seconds',
  'inter_token_latency_seconds',
  'request_time_per_output_token_seconds',
  'e2e_request_latency_seconds',
  'request_queue_time_seconds',
  'request_inference_time_seconds',
  'request_prefill_time_seconds',
  'request_decode_time_seconds',
  'request_prefill_kv_computed_tokens',
  'kv_block_lifetime_seconds',
  'kv_block_idle_before_evict_seconds',
  'kv_block_reuse_gap_seconds',
  'mm_encoder_forward_seconds',
];

const family = (name, type, ...lines) => [`# HELP ${name} What the engine tells of ${name}.`, `# TYPE ${name} ${type}`, ...lines];

function histogram(name) {
  const buckets = [...BOUNDS, '+Inf'].map(
    (bound, i) => `vllm:${name}_bucket{engine="0",le="${bound}",model_name="Qwen/Qwen3-8B"} ${i * 3}.0`,
  );
  return family(`vllm:${name}`, 'histogram', ...buckets, `vllm:${name}_count{${MODEL}} 66.0`, `vllm:${name}_sum{${MODEL}} 1234.5678`);
}

const gauges = ({ waiting, running, kvUsage }) => [
  ...family('vllm:num_requests_running', 'gauge', `vllm:num_requests_running{${MODEL}} ${running}.0`),
  ...family('vllm:num_requests_waiting', 'gauge', `vllm:num_requests_waiting{${MODEL}} ${waiting}.0`),
  ...family('vllm:num_requests_waiting_by_reason', 'gauge', `vllm:num_requests_waiting_by_reason{${MODEL},reason="capacity"} 1.0`),
  ...family('vllm:kv_cache_usage_perc', 'gauge', `vllm:kv_cache_usage_perc{${MODEL}} ${kvUsage}`),
];

const cacheInfo = family(
  'vllm:cache_config_info',
  'gauge',
  'vllm:cache_config_info{block_size="16",cache_dtype="auto",calculate_kv_scales="False",cpu_offload_gb="0",enable_prefix_caching="True",engine="0",gpu_memory_utilization="0.9",num_cpu_blocks="None",num_gpu_blocks="27483",num_gpu_blocks_override="None",prefix_caching_hash_algo="sha256",sliding_window="None",swap_space="4"} 1.0',
);

/** What the gauges of a page say when the caller does not. */
const NUMBERS = { waiting: 2, running: 13, kvUsage: 0.2512345 };

/** A page of vLLM: 19 histograms, about 48 KB and 540 lines. */
function vllmPage(numbers = NUMBERS) {
  const python = [0, 1, 2].map((generation) => `python_gc_collections_total{generation="${generation}"} 123.0`);
  return `${[
    ...family('python_gc_collections_total', 'counter', ...python),
    ...family('process_resident_memory_bytes', 'gauge', 'process_resident_memory_bytes 1.2345e+09'),
    ...gauges(numbers),
    ...COUNTERS.flatMap((name) => family(`vllm:${name}_total`, 'counter', `vllm:${name}_total{${MODEL}} 4711.0`)),
    ...HISTOGRAMS.flatMap(histogram),
    ...cacheInfo,
  ].join('\n')}\n`;
}

/** A page of 1 KB with what is read and little else. */
const smallPage = (numbers = NUMBERS) => `${[...gauges(numbers), ...cacheInfo].join('\n')}\n`;

module.exports = { vllmPage, smallPage };
