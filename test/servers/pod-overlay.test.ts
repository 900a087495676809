import type { PodTemplate } from '../../lib/manifests/pod';
import { applyOverlay } from '../../lib/servers/pod-overlay';
import type { PodOverlay } from '../../lib/servers/role-spec';

const TEMPLATE: PodTemplate = {
  metadata: { labels: { a: '1' } },
  spec: {
    serviceAccountName: 'sa',
    tolerations: [{ key: 't', operator: 'Exists' }],
    containers: [
      {
        name: 'modelserver',
        image: 'i:1',
        args: ['--a', '--b'],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
        ports: [{ name: 'http', containerPort: 1 }],
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        startupProbe: { httpGet: { path: '/', port: 1 }, periodSeconds: 30 },
      },
    ],
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ],
  },
};

const over = (overlay: PodOverlay) => applyOverlay(TEMPLATE, overlay);
const engine = (container: Record<string, unknown>) =>
  over({ spec: { containers: [{ name: 'modelserver', ...container }] } }).spec.containers[0];

test('nothing changes without an overlay, and never the template', () => {
  const before = JSON.stringify(TEMPLATE);
  expect(applyOverlay(TEMPLATE, undefined)).toBe(TEMPLATE);
  expect(over({ metadata: { labels: { b: '2' } }, spec: { serviceAccountName: 'x', volumes: [{ name: 'w', emptyDir: {} }] } })).not.toBe(
    TEMPLATE,
  );
  expect(JSON.stringify(TEMPLATE)).toBe(before);
});

test('maps are merged by key, undefined leaves what is there', () => {
  expect(over({ metadata: { labels: { b: '2' } } }).metadata?.labels).toEqual({ a: '1', b: '2' });
  expect(over({ metadata: { labels: { a: '3' }, annotations: { x: 'y' } } }).metadata).toEqual({
    labels: { a: '3' },
    annotations: { x: 'y' },
  });
  expect(over({ spec: { serviceAccountName: undefined } } as unknown as PodOverlay).spec.serviceAccountName).toBe('sa');
});

test('containers are merged by name, others are added', () => {
  expect(engine({ image: 'i:2' })).toMatchObject({ image: 'i:2', args: ['--a', '--b'] });
  const { containers } = over({ spec: { containers: [{ name: 'extra', image: 'x' }] } }).spec;
  expect(containers.map(({ name }) => name)).toEqual(['modelserver', 'extra']);
});

test('ports by name, mounts by path', () => {
  expect(engine({ ports: [{ name: 'http', containerPort: 2 }] })?.ports).toEqual([{ name: 'http', containerPort: 2 }]);
  expect(
    engine({
      volumeMounts: [
        { name: 'w', mountPath: '/v' },
        { name: 'v', mountPath: '/u' },
      ],
    })?.volumeMounts,
  ).toEqual([
    { name: 'w', mountPath: '/v' },
    { name: 'v', mountPath: '/u' },
  ]);
});

test('a variable keeps one source', () => {
  const env = engine({
    env: [
      { name: 'B', value: '2' },
      { name: 'C', value: '3' },
    ],
  })?.env;
  expect(env).toEqual([
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
    { name: 'C', value: '3' },
  ]);
});

test('a volume keeps one source, and the fields of it', () => {
  const { volumes } = over({
    spec: {
      volumes: [
        { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'shm', emptyDir: { sizeLimit: '9Gi' } },
      ],
    },
  }).spec;
  expect(volumes).toEqual([
    { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
    { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '9Gi' } },
  ]);
});

test('null removes a field', () => {
  const probe = engine({ startupProbe: { httpGet: null, grpc: { port: 2 } } })?.startupProbe;
  expect(probe).toEqual({ grpc: { port: 2 }, periodSeconds: 30 });
});

test('tolerations are added, other lists replaced', () => {
  expect(over({ spec: { tolerations: [{ key: 'u' }] } }).spec.tolerations).toEqual([{ key: 't', operator: 'Exists' }, { key: 'u' }]);
  expect(engine({ args: ['--c'] })?.args).toEqual(['--c']);
});

test('fields that the types do not know are kept', () => {
  expect(over({ spec: { hostNetwork: true } }).spec.hostNetwork).toBe(true);
});
