import { type ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { AgentgatewayParameters } from '../../lib/manifests/agentgateway-parameters';
import { ClientTrafficPolicy } from '../../lib/manifests/client-traffic-policy';
import { DestinationRule } from '../../lib/manifests/destination-rule';
import { EnvoyProxy } from '../../lib/manifests/envoy-proxy';
import { Gateway } from '../../lib/manifests/gateway';
import { GatewayClass } from '../../lib/manifests/gateway-class';
import { GcpBackendPolicy, HealthCheckPolicy } from '../../lib/manifests/gke-policies';
import { HorizontalPodAutoscaler } from '../../lib/manifests/hpa';
import { HttpRoute } from '../../lib/manifests/http-route';
import { LeaderWorkerSet } from '../../lib/manifests/leader-worker-set';
import { PodMonitor } from '../../lib/manifests/pod-monitor';
import { ReferenceGrant } from '../../lib/manifests/reference-grant';
import { ResourceClaimTemplate } from '../../lib/manifests/resource-claim-template';
import { Telemetry } from '../../lib/manifests/telemetry';

const metadata = { name: 'x' };
const pod = { spec: { containers: [{ name: 'c', image: 'i' }] } };

/** Constructor with a small spec, and the kind and version that the cluster must see. */
const KINDS: readonly (readonly [string, string, (scope: Construct) => ApiObject])[] = [
  ['Gateway', 'gateway.networking.k8s.io/v1', (s) => new Gateway(s, 'x', { metadata, spec: { gatewayClassName: 'c', listeners: [] } })],
  ['GatewayClass', 'gateway.networking.k8s.io/v1', (s) => new GatewayClass(s, 'x', { metadata, spec: { controllerName: 'a/b' } })],
  [
    'HTTPRoute',
    'gateway.networking.k8s.io/v1',
    (s) => new HttpRoute(s, 'x', { metadata, spec: { parentRefs: [{ name: 'g' }], rules: [] } }),
  ],
  ['ReferenceGrant', 'gateway.networking.k8s.io/v1beta1', (s) => new ReferenceGrant(s, 'x', { metadata, spec: { from: [], to: [] } })],
  ['DestinationRule', 'networking.istio.io/v1beta1', (s) => new DestinationRule(s, 'x', { metadata, spec: { host: 'h' } })],
  ['Telemetry', 'telemetry.istio.io/v1', (s) => new Telemetry(s, 'x', { metadata, spec: { accessLogging: [{}] } })],
  [
    'HealthCheckPolicy',
    'networking.gke.io/v1',
    (s) => new HealthCheckPolicy(s, 'x', { metadata, spec: { targetRef: { group: '', kind: 'Service', name: 's' }, default: {} } }),
  ],
  [
    'GCPBackendPolicy',
    'networking.gke.io/v1',
    (s) => new GcpBackendPolicy(s, 'x', { metadata, spec: { targetRef: { group: '', kind: 'Service', name: 's' }, default: {} } }),
  ],
  ['ClientTrafficPolicy', 'gateway.envoyproxy.io/v1alpha1', (s) => new ClientTrafficPolicy(s, 'x', { metadata, spec: { targetRefs: [] } })],
  ['EnvoyProxy', 'gateway.envoyproxy.io/v1alpha1', (s) => new EnvoyProxy(s, 'x', { metadata, spec: { logging: {} } })],
  [
    'AgentgatewayParameters',
    'agentgateway.dev/v1alpha1',
    (s) => new AgentgatewayParameters(s, 'x', { metadata, spec: { logging: { level: 'warn' } } }),
  ],
  [
    'LeaderWorkerSet',
    'leaderworkerset.x-k8s.io/v1',
    (s) => new LeaderWorkerSet(s, 'x', { metadata, spec: { leaderWorkerTemplate: { size: 2, workerTemplate: pod } } }),
  ],
  [
    'PodMonitor',
    'monitoring.coreos.com/v1',
    (s) => new PodMonitor(s, 'x', { metadata, spec: { selector: { matchLabels: {} }, podMetricsEndpoints: [] } }),
  ],
  [
    'HorizontalPodAutoscaler',
    'autoscaling/v2',
    (s) =>
      new HorizontalPodAutoscaler(s, 'x', {
        metadata,
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 2 },
      }),
  ],
  [
    'ResourceClaimTemplate',
    'resource.k8s.io/v1',
    (s) =>
      new ResourceClaimTemplate(s, 'x', {
        metadata,
        spec: { spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu.nvidia.com' } }] } } },
      }),
  ],
];

describe.each(KINDS)('%s', (kind, apiVersion, make) => {
  const chart = () => new Chart(new App(), 'chart', { namespace: 'llm' });

  test('is written under the API version of its CRD and with the given name', () => {
    const object = make(chart()).toJson();
    expect(object).toMatchObject({ apiVersion, kind, metadata: { name: 'x', namespace: 'llm' } });
    expect(Object.keys(object).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
  });

  test('keeps what a patch adds, known to the types or not', () => {
    const object = make(chart());
    object.addJsonPatch(JsonPatch.add('/spec/fieldOfNextYear', { 'a.b/c': 1 }));
    expect(object.toJson().spec.fieldOfNextYear).toEqual({ 'a.b/c': 1 });
  });
});

test('fields of a nested spec are written as given', () => {
  const set = new LeaderWorkerSet(new Chart(new App(), 'chart'), 'x', {
    metadata,
    spec: {
      replicas: 3,
      startupPolicy: 'LeaderCreated',
      leaderWorkerTemplate: { size: 4, restartPolicy: 'RecreateGroupOnPodRestart', workerTemplate: pod },
    },
  }).toJson();
  expect(set.spec).toEqual({
    replicas: 3,
    startupPolicy: 'LeaderCreated',
    leaderWorkerTemplate: { size: 4, restartPolicy: 'RecreateGroupOnPodRestart', workerTemplate: pod },
  });
});
