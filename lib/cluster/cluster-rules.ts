import { deepFreeze } from '../util/freeze';
import { type Finding, finding } from '../validation/findings';
import { API, KUBERNETES_SINCE } from '../versions';
import type { Cluster, ClusterCapability } from './cluster';

/** Something of Kubernetes that not every supported version has. */
export type KubernetesFeature = 'nativeSidecar' | 'imageVolume' | 'dynamicResourceAllocation';

const FEATURES: Readonly<Record<KubernetesFeature, string>> = deepFreeze({
  nativeSidecar: 'a native sidecar container',
  imageVolume: 'an image volume',
  dynamicResourceAllocation: 'a ResourceClaimTemplate',
});

const groupOf = (apiVersion: string) => apiVersion.split('/')[0] ?? '';

/** Which capability brings an API group; groups of Kubernetes itself have no row. */
const CAPABILITY_OF: Readonly<Record<string, ClusterCapability>> = deepFreeze({
  [groupOf(API.gateway)]: 'gateway-api',
  [groupOf(API.inference)]: 'inference-extension',
  [groupOf(API.llmd)]: 'llm-d',
  [groupOf(API.leaderWorkerSet)]: 'lws',
  [groupOf(API.monitoring)]: 'prometheus-operator',
  [groupOf(API.istioNetworking)]: 'istio',
  [groupOf(API.istioTelemetry)]: 'istio',
  [groupOf(API.agentgateway)]: 'agentgateway',
  [groupOf(API.envoyGateway)]: 'envoy-gateway',
  [groupOf(API.resource)]: 'dra',
  'keda.sh': 'keda',
});

/** LLMD807 for the first object of each kind whose API was not declared to be installed; nothing when nothing was declared. */
export function missingApis(
  cluster: Cluster,
  objects: readonly { readonly apiVersion: string; readonly kind: string; readonly path: string }[],
): Finding[] {
  const { installed } = cluster;
  if (installed === undefined) {
    return [];
  }
  const seen = new Set<string>();
  return objects.flatMap(({ apiVersion, kind, path }) => {
    const group = groupOf(apiVersion);
    const capability = CAPABILITY_OF[group];
    const key = `${group}/${kind}`;
    if (capability === undefined || installed.includes(capability) || seen.has(key)) {
      return [];
    }
    seen.add(key);
    return [finding('LLMD807', path, { kind, capability, installed: installed.join(', ') || 'nothing' })];
  });
}

/** LLMD808 for each feature that is used and that the cluster's version does not have without a feature gate. */
export function unsupportedFeatures(cluster: Cluster, path: string, used: readonly KubernetesFeature[]): Finding[] {
  return used
    .filter((feature) => cluster.kubernetesMinor < KUBERNETES_SINCE[feature])
    .map((feature) =>
      finding('LLMD808', path, { feature: FEATURES[feature], since: KUBERNETES_SINCE[feature], minor: cluster.kubernetesMinor }),
    );
}
