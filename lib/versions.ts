/**
 * THE pins: every image, API version and version of a peer that this library writes. Nothing else in `lib/` may hold an image
 * reference or an `apiVersion` literal (`test/architecture.test.ts`).
 *
 * Sources: llm-d guides of 2026-06 (`guides/env.sh`, overlays), router charts v0.9.0.
 */
import { BUNDLED_ROUTER } from './router/bundled-tag';
import { deepFreeze } from './util/freeze';

/** `apiVersion` of each kind that we emit. */
export const API = {
  core: 'v1',
  apps: 'apps/v1',
  autoscaling: 'autoscaling/v2',
  policy: 'policy/v1',
  rbac: 'rbac.authorization.k8s.io/v1',
  resource: 'resource.k8s.io/v1',
  storage: 'storage.k8s.io/v1',
  leaderWorkerSet: 'leaderworkerset.x-k8s.io/v1',
  gateway: 'gateway.networking.k8s.io/v1',
  gatewayBeta: 'gateway.networking.k8s.io/v1beta1',
  inference: 'inference.networking.k8s.io/v1',
  llmd: 'llm-d.ai/v1alpha2',
  eppConfig: 'llm-d.ai/v1alpha1',
  monitoring: 'monitoring.coreos.com/v1',
  istioNetworking: 'networking.istio.io/v1beta1',
  istioTelemetry: 'telemetry.istio.io/v1',
  gkeNetworking: 'networking.gke.io/v1',
  envoyGateway: 'gateway.envoyproxy.io/v1alpha1',
  agentgateway: 'agentgateway.dev/v1alpha1',
} as const;

/** One column of a release train: what runs. */
export interface ReleaseRow {
  /** Name of the train, e.g. `2026.06`. */
  readonly name: string;
  /** Engine images by engine and image flavour (`Accelerator.imageFlavour`). */
  readonly engines: {
    readonly vllm: Readonly<Record<string, string>>;
    readonly sglang: Readonly<Record<string, string>>;
    readonly simulator: Readonly<Record<string, string>>;
  };
  /** The llm-d build of vLLM with DeepEP, DeepGEMM and NVSHMEM, by image flavour; wide expert parallelism needs it. */
  readonly wideEp: Readonly<Record<string, string>>;
  /** The routing proxy beside a decode engine. */
  readonly routingSidecar: string;
  /** Repository and version of the upstream endpoint picker. */
  readonly upstreamRouter: { readonly repository: string; readonly version: string };
  /** Repository (without registry) and tag of our own endpoint picker. */
  readonly router: { readonly repository: string; readonly tag: string };
  readonly envoy: string;
  readonly tokenizer: string;
  readonly latencyPredictor: { readonly training: string; readonly prediction: string };
}

/**
 * Processor architectures for which the engine images are published, by image flavour; a flavour without a row is not known. CUDA images
 * are published for Arm hosts (Grace) too, llm-d's GB200 build is for Grace alone, the other stacks are for x86. From the projects' build
 * matrices, not read off the registries.
 */
export const IMAGE_ARCHITECTURES: Readonly<Record<string, readonly string[]>> = deepFreeze({
  cuda: ['amd64', 'arm64'],
  'cuda-efa': ['amd64'],
  'cuda-gb200': ['arm64'],
  rocm: ['amd64'],
  xpu: ['amd64'],
  tpu: ['amd64'],
  gaudi: ['amd64'],
});

/** Version of the EndpointPickerConfig schema that our own router reads. */
export const ROUTER_SCHEMA_VERSION = 'v0.10.0';

/** Peers that a cluster must run, as the guides pin them; printed in messages and docs. */
export const PEERS = deepFreeze({
  gatewayApi: 'v1.5.1',
  inferenceExtension: 'v1.5.0',
  leaderWorkerSet: '0.9.0',
  istio: '1.29.2',
  agentgateway: 'v1.1.0',
  envoyGateway: 'v1.8.1',
  envoyAiGateway: 'v0.7.0',
});

/** What agentgateway takes for the parts of its proxy's image that an `AgentgatewayParameters` leaves out. */
export const AGENTGATEWAY_IMAGE = deepFreeze({ registry: 'cr.agentgateway.dev', repository: 'agentgateway' });

/** First Kubernetes minor version in which a feature works without a feature gate. */
export const KUBERNETES_SINCE = deepFreeze({
  nativeSidecar: 29,
  imageVolume: 35,
  imageVolumeWithGate: 31,
  dynamicResourceAllocation: 34,
  floor: 29,
});

/** The release trains by name, newest last. */
export const RELEASES = deepFreeze({
  '2026.06': {
    name: '2026.06',
    engines: {
      vllm: {
        cuda: 'vllm/vllm-openai:v0.23.0',
        'cuda-efa': '763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.23.0-gpu-py312-cu130-ubuntu22.04-ec2',
        rocm: 'ghcr.io/llm-d/llm-d-rocm:v0.7.0',
        xpu: 'ghcr.io/llm-d/llm-d-xpu:v0.7.0',
        cpu: 'ghcr.io/llm-d/llm-d-cpu:v0.7.0',
        tpu: 'vllm/vllm-tpu:v0.22.0',
        gaudi: 'opea/vllm-gaudi:1.22.0',
      },
      sglang: {
        cuda: 'docker.io/lmsysorg/sglang:v0.5.13.post1',
        'cuda-efa': '763104351884.dkr.ecr.us-east-1.amazonaws.com/sglang:0.5.12-gpu-py312-cu130-ubuntu24.04-ec2',
        rocm: 'docker.io/lmsysorg/sglang:v0.5.13.post1-rocm720-mi30x',
      },
      simulator: { any: 'ghcr.io/llm-d/llm-d-inference-sim:v0.6.1' },
    },
    wideEp: {
      cuda: 'ghcr.io/llm-d/llm-d-cuda:v0.8.0',
      'cuda-gb200': 'ghcr.io/llm-d/llm-d-cuda-gb200:v0.8.0',
    },
    routingSidecar: 'ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.9.0',
    upstreamRouter: { repository: 'ghcr.io/llm-d/llm-d-router-endpoint-picker', version: 'v0.9.0' },
    // The tag that the build recorded.
    router: { repository: 'llm-d-epp', tag: BUNDLED_ROUTER.tag },
    envoy: 'docker.io/envoyproxy/envoy:distroless-v1.33.2',
    tokenizer: 'docker.io/vllm/vllm-openai-cpu:v0.23.0',
    latencyPredictor: {
      training: 'ghcr.io/llm-d/llm-d-latency-predictor-training-server:v0.8.0',
      prediction: 'ghcr.io/llm-d/llm-d-latency-predictor-prediction-server:v0.8.0',
    },
  },
} satisfies Record<string, ReleaseRow>);
