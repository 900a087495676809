import { App, Testing } from 'cdk8s';
import { Cluster } from '../lib/cluster/cluster';
import { ServingChart } from '../lib/serving-chart';
import { ImageRegistry } from '../lib/values/image-registry';
import { Release } from '../lib/values/release';
import { serving } from './servers/synth';
import { thrownBy } from './support/errors';

const chartOf = (props?: ConstructorParameters<typeof ServingChart>[2]) => new ServingChart(new App(), 'Chart', props);

test('carries cluster, release and registry for what is in it', () => {
  const release = Release.LATEST.with({ routingSidecar: 'registry.example.com/sidecar:1' });
  const chart = chartOf({ cluster: Cluster.openShift(), release, imageRegistry: 'registry.example.com/ml' });
  const { servers, pod } = serving({}, chart);
  expect(Cluster.of(servers).name).toBe('openshift');
  expect(Release.of(servers).row.routingSidecar).toBe('registry.example.com/sidecar:1');
  expect(ImageRegistry.of(servers)).toBe('registry.example.com/ml');
  expect(pod.securityContext.runAsUser).toBeUndefined();
});

test('without props it is a chart of a generic cluster', () => {
  const chart = chartOf();
  expect(Cluster.of(chart).name).toBe('generic');
  expect(Release.of(chart)).toBe(Release.LATEST);
  expect(chart.namespace).toBeUndefined();
});

test('gives its namespace and labels to objects, not to pods', () => {
  const chart = chartOf({ namespace: 'llm', labels: { team: 'search' } });
  const { template } = serving({}, chart);
  for (const { metadata } of Testing.synth(chart)) {
    expect(metadata.namespace).toBe('llm');
    expect(metadata.labels.team).toBe('search');
  }
  expect(template.metadata.labels).not.toHaveProperty('team');
});

test('two charts of an app may stand on different clusters', () => {
  const app = new App();
  const [first, second] = [new ServingChart(app, 'a', { cluster: Cluster.gke() }), new ServingChart(app, 'b', { cluster: Cluster.eks() })];
  expect([Cluster.of(first).name, Cluster.of(second).name]).toEqual(['gke', 'eks']);
});

test('refuses labels that the API server would refuse, at its path', () => {
  const error = thrownBy(() => chartOf({ labels: { team: 'a b' } }));
  expect(error.code).toBe('LLMD102');
  expect(error.path).toBe('Chart');
});

test('refuses a registry that is none, at its path', () => {
  const error = thrownBy(() => chartOf({ imageRegistry: 'not a registry' }));
  expect(error.path).toBe('Chart');
  expect(error.detail).toContain('not a registry');
});
