import { API } from '../versions';

function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, apiVersion.indexOf('/'));
}

/** Group of `Gateway` and `HTTPRoute`, as references name it. */
export const GATEWAY_GROUP = groupOf(API.gateway);
/** Group of `InferencePool`, as references name it. */
export const INFERENCE_GROUP = groupOf(API.inference);
/** Group of `AgentgatewayParameters`, as references name it. */
export const AGENTGATEWAY_GROUP = groupOf(API.agentgateway);
/** Group of `EnvoyProxy`, as references name it. */
export const ENVOY_GATEWAY_GROUP = groupOf(API.envoyGateway);
