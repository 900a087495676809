import { Cluster } from '../../lib/cluster/cluster';
import { missingApis, unsupportedFeatures } from '../../lib/cluster/cluster-rules';
import { API } from '../../lib/versions';

const pool = { apiVersion: API.inference, kind: 'InferencePool', path: 'chart/gateway/qwen/Pool' };
const group = { apiVersion: API.leaderWorkerSet, kind: 'LeaderWorkerSet', path: 'chart/r1/Decode' };
const deployment = { apiVersion: API.apps, kind: 'Deployment', path: 'chart/qwen' };

describe('missingApis', () => {
  test('nothing is checked until something is declared', () => {
    expect(missingApis(Cluster.generic(), [pool, group])).toEqual([]);
  });

  test('LLMD807: an error at the object that needs what is not there', () => {
    const cluster = Cluster.generic({ installed: ['inference-extension', 'keda'] });
    expect(missingApis(cluster, [deployment, pool, group])).toEqual([
      {
        code: 'LLMD807',
        severity: 'error',
        path: 'chart/r1/Decode',
        message:
          'LeaderWorkerSet needs "lws", which is not among what the cluster has (inference-extension, keda): install it, or complete `installed`',
      },
    ]);
  });

  test('an empty declaration is one, and each kind is reported once', () => {
    const findings = missingApis(Cluster.generic({ installed: [] }), [pool, { ...pool, path: 'other' }, deployment]);
    expect(findings.map(({ path }) => path)).toEqual([pool.path]);
    expect(findings[0]?.message).toContain('what the cluster has (nothing)');
  });

  test.each([
    [API.gateway, 'gateway-api'],
    [API.gatewayBeta, 'gateway-api'],
    [API.inference, 'inference-extension'],
    [API.llmd, 'llm-d'],
    [API.leaderWorkerSet, 'lws'],
    [API.monitoring, 'prometheus-operator'],
    [API.istioNetworking, 'istio'],
    [API.istioTelemetry, 'istio'],
    [API.agentgateway, 'agentgateway'],
    [API.envoyGateway, 'envoy-gateway'],
    [API.resource, 'dra'],
    ['keda.sh/v1alpha1', 'keda'],
  ] as const)('%s comes with %s', (apiVersion, capability) => {
    const object = { apiVersion, kind: 'Kind', path: 'p' };
    expect(missingApis(Cluster.generic({ installed: [] }), [object])[0]?.message).toContain(`"${capability}"`);
    expect(missingApis(Cluster.generic({ installed: [capability] }), [object])).toEqual([]);
  });

  test.each([API.core, API.apps, API.autoscaling, API.policy, API.rbac, API.storage])('%s is Kubernetes itself', (apiVersion) => {
    expect(missingApis(Cluster.generic({ installed: [] }), [{ apiVersion, kind: 'Kind', path: 'p' }])).toEqual([]);
  });
});

describe('unsupportedFeatures', () => {
  test.each([
    ['1.29', []],
    ['1.33', []],
    ['1.34', ['dynamicResourceAllocation']],
    ['1.35', ['dynamicResourceAllocation', 'imageVolume']],
  ] as const)('%s has %j beside native sidecars', (kubernetesVersion, supported) => {
    const cluster = Cluster.generic({ kubernetesVersion });
    for (const feature of ['dynamicResourceAllocation', 'imageVolume'] as const) {
      const codes = unsupportedFeatures(cluster, 'p', [feature]).map(({ code }) => code);
      expect(codes).toEqual((supported as readonly string[]).includes(feature) ? [] : ['LLMD808']);
    }
    expect(unsupportedFeatures(cluster, 'p', ['nativeSidecar'])).toEqual([]);
  });

  test('LLMD808: a warning that names both versions', () => {
    expect(unsupportedFeatures(Cluster.generic(), 'chart/qwen', ['imageVolume'])).toEqual([
      {
        code: 'LLMD808',
        severity: 'warning',
        path: 'chart/qwen',
        message: 'an image volume works from Kubernetes 1.35, the cluster has 1.34: upgrade, or enable its feature gate',
      },
    ]);
  });
});
