import { Chart, Testing } from 'cdk8s';
import { Release } from '../../lib/values/release';
import { type Any, parsedFile, routerOf, serversPlan } from './fixtures';

const standalone = routerOf({ proxy: {} });
const envoyOf = ({ pod }: { readonly pod: Any }) => pod.spec.initContainers.find(({ name }: Any) => name === 'envoy-proxy');
const routerCluster = (config: Any) => config.static_resources.clusters.find(({ name }: Any) => name === 'router');

test('clients reach Envoy on port 80 of the Service', () => {
  const { one } = standalone;
  const port = one('Service').spec.ports.find(({ name }: Any) => name === 'http');
  expect(port).toEqual({ name: 'http', port: 80, targetPort: 8081, protocol: 'TCP' });
  expect(envoyOf(standalone).ports).toContainEqual({ name: 'http-8081', containerPort: 8081 });
  expect(standalone.router.plan).toMatchObject({ proxied: true, servicePorts: { http: 80 } });
});

test('without Envoy nothing leads to port 8081', () => {
  const { objects, router } = routerOf();
  expect(JSON.stringify(objects)).not.toContain('8081');
  expect(router.plan.proxied).toBe(false);
});

test('it runs what its ConfigMap says, and the ConfigMap is named after the pool', () => {
  const envoy = envoyOf(standalone);
  const [mount] = envoy.volumeMounts;
  const volume = standalone.pod.spec.volumes.find(({ name }: Any) => name === mount.name);
  const configMap = standalone.one('ConfigMap', 'qwen-envoy');
  expect(volume.configMap.name).toBe(configMap.metadata.name);
  expect(`${mount.mountPath}/${Object.keys(configMap.data)[0]}`).toBe('/etc/envoy/envoy.yaml');
  expect(parsedFile(configMap).static_resources.listeners).toHaveLength(2);
});

test('two routers of a namespace share no ConfigMap', () => {
  const other = routerOf({ proxy: {}, servers: serversPlan({ name: 'llama' }) });
  const names = (kind: string) => [...standalone.all(kind), ...other.all(kind)].map(({ metadata }) => metadata.name);
  expect(new Set(names('ConfigMap')).size).toBe(4);
});

test('its command line is that of the guides', () => {
  expect(envoyOf(standalone)).toMatchObject({
    image: Release.LATEST.row.envoy,
    command: ['envoy'],
    args: [
      ...['--service-node', 'envoy-sidecar', '--log-level', 'warn', '--concurrency', '8'],
      ...['--drain-strategy', 'immediate', '--drain-time-s', '60', '-c', '/etc/envoy/envoy.yaml'],
    ],
  });
});

test('it is ready when it says so on its own port', () => {
  expect(envoyOf(standalone).readinessProbe).toMatchObject({
    httpGet: { path: '/ready', port: 19001 },
    periodSeconds: 5,
    failureThreshold: 1,
  });
});

test('it outlives the router, so that streams through both can end', () => {
  expect(envoyOf(standalone).restartPolicy).toBe('Always');
  expect(standalone.pod.spec.containers.map(({ name }: Any) => name)).toEqual(['epp']);
});

test('it is restricted', () => {
  expect(envoyOf(standalone).securityContext).toMatchObject({
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  });
});

test('it speaks TLS with the router exactly when the router serves it', () => {
  const configOf = (secureServing: boolean) => parsedFile(routerOf({ proxy: {}, secureServing }).one('ConfigMap', 'qwen-envoy'));
  expect(routerCluster(configOf(true))).toHaveProperty('transport_socket');
  expect(routerCluster(configOf(false))).not.toHaveProperty('transport_socket');
});

test('what a user sets is used', () => {
  const resources = { requests: { cpu: '1' } };
  const custom = routerOf({ proxy: { failOpen: false, resources, concurrency: 2, image: 'mirror.example.com/envoy:1' } });
  expect(envoyOf(custom)).toMatchObject({ resources, image: 'mirror.example.com/envoy:1' });
  expect(envoyOf(custom).args.join(' ')).toContain('--concurrency 2');
  expect(JSON.stringify(parsedFile(custom.one('ConfigMap', 'qwen-envoy')))).toContain('"failure_mode_allow":false');
  expect(envoyOf(standalone).resources).toEqual({ requests: { cpu: '4', memory: '8Gi' }, limits: { memory: '16Gi' } });
});

test('a changed bootstrap rolls the pods', () => {
  const hashOf = (failOpen: boolean) => routerOf({ proxy: { failOpen } }).pod.metadata.annotations['checksum/envoy-config'];
  expect(hashOf(true)).not.toBe(hashOf(false));
  expect(hashOf(true)).toBe(standalone.pod.metadata.annotations['checksum/envoy-config']);
});

test('the release decides the image', () => {
  const chart = new Chart(Testing.app(), 'Chart');
  Release.LATEST.with({ envoy: 'mirror.example.com/envoy:2' }).applyTo(chart);
  expect(envoyOf(routerOf({ proxy: {} }, chart)).image).toBe('mirror.example.com/envoy:2');
});
