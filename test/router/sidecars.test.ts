import { type Any, codeOf, routerOf } from './fixtures';

const cache = {
  containers: [{ name: 'cache', image: 'redis:7', ports: [{ name: 'redis', containerPort: 6379 }] }],
  initContainers: [{ name: 'warm', image: 'busybox:1' }],
  volumes: [{ name: 'cache', emptyDir: {} }],
  servicePorts: [{ name: 'redis', port: 6379 }],
  routerEnv: [{ name: 'REDIS', value: 'localhost:6379' }],
  podAnnotations: { 'checksum/cache': 'x' },
};

test('what a sidecar needs is in the pod and on the Service', () => {
  const { pod, container, one, router } = routerOf({ sidecars: [cache] });
  expect(pod.spec.containers.map(({ name }: Any) => name)).toEqual(['epp', 'cache']);
  expect(pod.spec.initContainers.map(({ name }: Any) => name)).toEqual(['warm']);
  expect(pod.spec.volumes.map(({ name }: Any) => name)).toEqual(['plugins-config-volume', 'cache']);
  expect(container.env).toContainEqual({ name: 'REDIS', value: 'localhost:6379' });
  expect(pod.metadata.annotations).toMatchObject({ 'checksum/cache': 'x' });
  expect(one('Service').spec.ports).toContainEqual({ name: 'redis', port: 6379 });
  expect(router.plan.servicePorts).toEqual({ 'grpc-ext-proc': 9002, 'http-metrics': 9090, redis: 6379 });
});

test('without sidecars the pod has no init containers', () => {
  expect(routerOf().pod.spec).not.toHaveProperty('initContainers');
});

test.each([
  ['a container', { containers: [{ name: 'epp', image: 'a:1' }] }],
  ['an init container', { initContainers: [{ name: 'epp', image: 'a:1' }] }],
  ['a volume', { volumes: [{ name: 'plugins-config-volume', emptyDir: {} }] }],
  ['the name of a port', { containers: [{ name: 'a', image: 'a:1', ports: [{ name: 'grpc', containerPort: 1 }] }] }],
  ['the number of a port', { containers: [{ name: 'a', image: 'a:1', ports: [{ name: 'a', containerPort: 9002 }] }] }],
])('%s may not be there twice', (_, sidecar) => {
  expect(codeOf(() => routerOf({ sidecars: [sidecar] }))).toBe('LLMD557');
});

test('one number for TCP and for UDP is no conflict', () => {
  const ports = [{ name: 'a', containerPort: 9002, protocol: 'UDP' as const }];
  expect(codeOf(() => routerOf({ sidecars: [{ containers: [{ name: 'a', image: 'a:1', ports }] }] }))).toBe('nothing thrown');
});

test.each([
  ['number', { name: 'other', port: 9090 }],
  ['name', { name: 'http-metrics', port: 9091 }],
])('a port of the Service may not repeat the %s of another', (_, port) => {
  expect(codeOf(() => routerOf({ sidecars: [{ servicePorts: [port] }] }))).toBe('LLMD559');
});

test('a variable of a sidecar may not replace one of ours', () => {
  expect(codeOf(() => routerOf({ sidecars: [{ routerEnv: [{ name: 'POD_NAME', value: 'x' }] }] }))).toBe('LLMD551');
});
