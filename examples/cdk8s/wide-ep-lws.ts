// llm-d's guide "wide-ep-lws" (DeepSeek-R1-0528) with NVIDIA GPUs and vLLM, value by value; docs/parity.md says where it differs, and why.
import type { App } from 'cdk8s';
import { Accelerator, Engine, InferenceGateway, KvTransfer, ModelSource, RoutingStrategy, ServingChart, WideEPGroup } from 'cdk8s-llm-d';

export function build(app: App): void {
  const chart = new ServingChart(app, 'wide-ep-lws-gpu-vllm-base', { namespace: 'llm-d-wide-ep' });

  // Sixteen ranks of one GPU each, eight on a node.
  const parallelism = { data: 16, dataLocal: 8, expert: true };
  const group = new WideEPGroup(chart, 'wide-ep-lws', {
    model: ModelSource.huggingFace('deepseek-ai/DeepSeek-R1-0528', { tokenSecret: 'llm-d-hf-token', tokenKey: 'HF_TOKEN' }),
    accelerator: Accelerator.NVIDIA_H200,
    moeBackend: 'deep_gemm',
    transfer: KvTransfer.nixl({ loadFailurePolicy: 'fail' }),
    resources: { cpu: '32', memory: '512Gi', ephemeralStorage: '1Ti' },
    prefill: { parallelism, engine: Engine.vllm({ gpuMemoryUtilization: 0.8 }) },
    decode: {
      parallelism,
      engine: Engine.vllm({
        maxNumBatchedTokens: 256,
        maxNumSeqs: 256,
        extraArgs: ['--enable-dbo', '--dbo-decode-token-threshold=32'],
      }),
    },
  });
  new InferenceGateway(chart, 'gateway').addModel(group, { routing: RoutingStrategy.wideEp() });
}
