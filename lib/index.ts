// Values: what a deployment is made of.

// The cluster underneath.
export * from './cluster/cluster';
export type * from './cluster/cluster-profile';
// Constructs.
export * from './gateway/gateway-provider';
export * from './gateway/inference-gateway';
export * from './gateway/model-route';
export * from './gateway/split-route';
// Manifests: one typed class an API kind, for those who write their own.
export * from './manifests/agentgateway-parameters';
export * from './manifests/client-traffic-policy';
export * from './manifests/deployment';
export * from './manifests/destination-rule';
export * from './manifests/envoy-proxy';
export * from './manifests/gateway';
export * from './manifests/gateway-class';
export * from './manifests/gke-policies';
export * from './manifests/hpa';
export * from './manifests/http-route';
export * from './manifests/inference-objective';
export * from './manifests/inference-pool';
export * from './manifests/leader-worker-set';
export * from './manifests/manifest';
export type * from './manifests/pod';
export * from './manifests/pod-disruption-budget';
export * from './manifests/pod-monitor';
export * from './manifests/reference-grant';
export * from './manifests/resource-claim-template';
export * from './manifests/service';
export * from './manifests/service-monitor';
export * from './manifests/telemetry';
export * from './operations/autoscaling';
export * from './operations/disruption';
export * from './operations/monitoring';
export * from './router/inference-router';
export * from './router/router-image';
// Routing strategies and their plugins.
export * from './routing/admitter';
export * from './routing/decider';
export * from './routing/filter';
export * from './routing/flow-control';
export * from './routing/picker';
export * from './routing/producer';
export * from './routing/routing-strategy';
export * from './routing/saturation-detector';
export * from './routing/scorer';
export * from './servers/model-servers';
export * from './servers/model-serving';
export * from './servers/prefill-decode-pair';
export * from './servers/server-group';
export * from './servers/serving-options';
export * from './servers/wide-ep-group';
export * from './serving-chart';
// Validation.
export type { Code, Severity } from './validation/codes';
export { LlmdError } from './validation/error';
export { acknowledge, type Finding } from './validation/findings';
export * from './values/accelerator';
export * from './values/compute-resources';
export * from './values/engine';
export * from './values/image-registry';
export * from './values/kv-cache';
export { type KvLoadFailurePolicy, KvTransfer, type NixlOptions } from './values/kv-transfer';
export * from './values/model-cache';
export { type HuggingFaceOptions, type ModelOptions, type ModelPlan, ModelSource, type OciOptions } from './values/model-source';
export * from './values/network';
export type { Parallelism } from './values/parallelism';
export type * from './values/plan';
export * from './values/release';
