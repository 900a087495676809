/** The series that one kind of engine publishes; '' is not read. Fields as in `engineConfigs` of core-metrics-extractor. */
export interface EngineMetrics {
  readonly name: string;
  readonly queuedRequestsSpec: string;
  readonly runningRequestsSpec: string;
  readonly kvUsageSpec: string;
  readonly loraSpec: string;
  readonly cacheInfoSpec: string;
  readonly cacheBlockSizeLabelName: string;
  readonly cacheNumBlocksLabelName: string;
  readonly cacheBlockSizeSpec: string;
  readonly cacheNumBlocksSpec: string;
  readonly customMetrics: readonly { readonly attributeKey: string; readonly metricSpec: string }[];
}

/** An engine without any series. */
export const noMetrics: Omit<EngineMetrics, 'name'> = {
  queuedRequestsSpec: '',
  runningRequestsSpec: '',
  kvUsageSpec: '',
  loraSpec: '',
  cacheInfoSpec: '',
  cacheBlockSizeLabelName: 'block_size',
  cacheNumBlocksLabelName: 'num_gpu_blocks',
  cacheBlockSizeSpec: '',
  cacheNumBlocksSpec: '',
  customMetrics: [],
};

/** Engines that are known without configuration. Source: llm-d-router v0.10.0, `extractor/metrics/factories.go`. */
export const builtInEngines: readonly EngineMetrics[] = [
  {
    ...noMetrics,
    name: 'vllm',
    queuedRequestsSpec: 'vllm:num_requests_waiting',
    runningRequestsSpec: 'vllm:num_requests_running',
    kvUsageSpec: 'vllm:kv_cache_usage_perc',
    loraSpec: 'vllm:lora_requests_info',
    cacheInfoSpec: 'vllm:cache_config_info',
  },
  {
    ...noMetrics,
    name: 'sglang',
    queuedRequestsSpec: 'sglang:num_queue_reqs',
    runningRequestsSpec: 'sglang:num_running_reqs',
    kvUsageSpec: 'sglang:token_usage',
    cacheInfoSpec: 'sglang:cache_config_info',
    cacheBlockSizeLabelName: 'page_size',
    cacheNumBlocksLabelName: 'num_pages',
  },
  {
    ...noMetrics,
    name: 'trtllm-serve',
    queuedRequestsSpec: 'trtllm_num_requests_waiting',
    runningRequestsSpec: 'trtllm_num_requests_running',
    kvUsageSpec: 'trtllm_kv_cache_utilization',
    cacheBlockSizeSpec: 'trtllm_kv_cache_tokens_per_block',
    cacheNumBlocksSpec: 'trtllm_kv_cache_max_blocks',
  },
  {
    ...noMetrics,
    name: 'triton-tensorrt-llm',
    queuedRequestsSpec: 'nv_trt_llm_request_metrics{request_type=waiting}',
    runningRequestsSpec: 'nv_trt_llm_request_metrics{request_type=scheduled}',
    kvUsageSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=fraction}',
    cacheBlockSizeSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=tokens_per}',
    cacheNumBlocksSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=max}',
  },
  {
    ...noMetrics,
    name: 'triton',
    queuedRequestsSpec: 'nv_inference_pending_request_count',
    runningRequestsSpec: 'nv_inference_exec_count',
  },
];
