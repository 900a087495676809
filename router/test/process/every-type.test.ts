import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginCatalog } from 'llm-d-epp-config';
import { Runtime } from '../../src/process/runtime';
import { effective, runtimeEnvironment } from '../support/runtime';

const endpointsFile = join(mkdtempSync(join(tmpdir(), 'llm-d-epp-types-')), 'endpoints.yaml');
writeFileSync(endpointsFile, JSON.stringify({ endpoints: [] }));

const affinity = { strategy: 'encoded_endpoint_header' };
const attribute = { type: 'linear_lower_is_better', normalization: { fixedRange: { min: 0, max: 1 } } };

/** The least that each type needs to run; types that need nothing are not listed. */
const parameters: Readonly<Record<string, object>> = {
  'label-selector-filter': { matchLabels: { app: 'vllm' } },
  'by-label-selector': { matchLabels: { app: 'vllm' } },
  'by-label': { label: 'tier', validValues: ['gold'] },
  'session-affinity-filter': affinity,
  'session-affinity-scorer': affinity,
  'multicluster-session-affinity-filter': affinity,
  'multicluster-session-affinity-scorer': affinity,
  'endpoint-attribute-filter': {
    attribute: 'WaitingQueueSize',
    algorithm: { type: 'threshold', threshold: { operator: 'LessThan', value: 1 } },
  },
  'endpoint-attribute-scorer': { attributeKey: 'WaitingQueueSize', algorithm: attribute },
  'utilization-filter': { conditions: [{ metric: 'waiting-queue', maxValue: 5 }] },
  'header-label-affinity-scorer': { headerName: 'x-tier', labelKey: 'tier' },
  'disaggregatedset-rollout-screener': { scope: { labelSelector: 'app=vllm' }, revisionGating: { mode: 'disabled' } },
  'request-attribute-reporter': { attributes: [{ key: { name: 'cost' }, expression: 'usage.total_tokens' }] },
  'session-id-producer': { headerName: 'x-session-id' },
  'file-discovery': { path: endpointsFile },
  'multicluster-file-discovery': { path: endpointsFile },
  'k8s-notification-source': { version: 'v1', kind: 'Pod' },
  'priority-holdback-policy': { minCeiling: 0.5 },
  'multicluster-metrics-extractor': { kvCacheUtilizationMetric: 'kv', queueSizeMetric: 'queue' },
};

const multicluster = { type: 'multicluster-metrics-extractor', parameters: parameters['multicluster-metrics-extractor'] };

/** What stands beside the plugin so that the rest of the configuration is complete. */
const beside: Readonly<Record<string, { readonly plugins?: readonly object[]; readonly profiles?: readonly string[] }>> = {
  'disagg-profile-handler': { profiles: ['decode'] },
  'pd-profile-handler': { plugins: [{ type: 'prefix-based-pd-decider' }], profiles: ['decode', 'prefill'] },
  'topology-affinity-filter': { plugins: [{ type: 'topology-extractor' }] },
  'topology-affinity-scorer': { plugins: [{ type: 'topology-extractor' }] },
  'multicluster-kv-cache-utilization-scorer': { plugins: [multicluster] },
  'multicluster-queue-scorer': { plugins: [multicluster] },
};

const types = [...pluginCatalog.keys()].filter((type) => type !== 'module');

function configOf(type: string) {
  const { plugins = [], profiles = ['default'] } = beside[type] ?? {};
  const spec = pluginCatalog.get(type);
  const inProfile = spec?.kinds.some((kind) => ['filter', 'scorer', 'picker'].includes(kind)) === true;
  return effective({
    plugins: [{ type, parameters: parameters[type] }, ...plugins],
    schedulingProfiles: profiles.map((name) => ({ name, plugins: inProfile ? [{ pluginRef: type }] : [] })),
    ...(spec?.kinds.includes('discovery') && { dataLayer: { discovery: { pluginRef: type } } }),
  });
}

test('there are 97 types besides modules', () => {
  expect(types).toHaveLength(97);
});

test.each(types)('%s starts and stops with the least of parameters', async (type) => {
  const environment = runtimeEnvironment();
  const runtime = await Runtime.start(configOf(type), environment);
  expect(runtime.config.plugins.map((plugin) => plugin.type)).toContain(type);
  await runtime.stop();
  expect(environment.log.messages('error')).toEqual([]);
});

test.each(['precise-prefix-cache-producer', 'precise-prefix-cache-scorer'])('the state tells what the index of %s holds', async (type) => {
  const runtime = await Runtime.start(configOf(type), runtimeEnvironment());
  const state = JSON.parse(JSON.stringify(runtime.state())) as object[];
  await runtime.stop();
  expect(state).toContainEqual(expect.objectContaining({ type, state: expect.objectContaining({ keys: 0, pods: [] }) }));
  expect(state).toContainEqual(expect.not.objectContaining({ state: expect.anything() }));
});
