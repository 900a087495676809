// The smallest correct objects of the kinds that the negative tests spoil, written by hand so that they test the harness, not the library.

const labels = { app: 'decode' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'vllm', image: 'example.com/vllm:test' }] } };

export const inferencePool = {
  apiVersion: 'inference.networking.k8s.io/v1',
  kind: 'InferencePool',
  metadata: { name: 'pool' },
  spec: {
    selector: { matchLabels: labels },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: 'epp', port: { number: 9002 } },
  },
};

export const leaderWorkerSet = {
  apiVersion: 'leaderworkerset.x-k8s.io/v1',
  kind: 'LeaderWorkerSet',
  metadata: { name: 'decode' },
  spec: {
    replicas: 1,
    leaderWorkerTemplate: { size: 2, restartPolicy: 'RecreateGroupOnPodRestart', workerTemplate: template },
  },
};

export const httpRoute = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'route' },
  spec: {
    parentRefs: [{ name: 'gateway' }],
    rules: [{ backendRefs: [{ kind: 'Service', name: 'decode', port: 8000 }] }],
  },
};

export const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'decode' },
  spec: { selector: { matchLabels: labels }, template },
};
