import { imagePlaces, mapImages } from '../../lib/values/image-places';

const TO = 'registry.example.com/there:1';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const found = (object: unknown) => imagePlaces(object).map(({ path, reference }) => `${path} ${reference}`);

test('containers of every sort, in pods however deep, and image volumes', () => {
  const pod = (name: string) => ({
    spec: {
      containers: [{ name, image: `${name}:1` }],
      initContainers: [{ name: 'sidecar', restartPolicy: 'Always', image: 'sidecar:1' }],
      ephemeralContainers: [{ name: 'debug', image: 'debug:1' }],
      volumes: [
        { name: 'weights', image: { reference: 'weights:1', pullPolicy: 'Always' } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  });
  const group = {
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    spec: { leaderWorkerTemplate: { leaderTemplate: pod('leader'), workerTemplate: pod('worker') } },
  };
  const each = (at: string, name: string) => [
    `spec.leaderWorkerTemplate.${at}.spec.containers[0].image ${name}:1`,
    `spec.leaderWorkerTemplate.${at}.spec.initContainers[0].image sidecar:1`,
    `spec.leaderWorkerTemplate.${at}.spec.ephemeralContainers[0].image debug:1`,
    `spec.leaderWorkerTemplate.${at}.spec.volumes[0].image.reference weights:1`,
  ];
  expect(found(group)).toEqual([...each('leaderTemplate', 'leader'), ...each('workerTemplate', 'worker')]);
  expect(imagePlaces(group).map(({ owner }) => owner)).toEqual([
    ...['leader', 'sidecar', 'debug', 'weights'],
    ...['worker', 'sidecar', 'debug', 'weights'],
  ]);
});

test('proxies of Gateways: a text, a repository without a tag, or a field for each part', () => {
  const envoy = (container: object) => ({
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    spec: { provider: { kubernetes: { envoyDeployment: { container } } } },
  });
  expect(mapImages(envoy({ image: 'envoy:1' }), () => TO)).toEqual(envoy({ image: TO }));
  expect(mapImages(envoy({ imageRepository: 'envoy' }), () => 'there.io/envoy')).toEqual(envoy({ imageRepository: 'there.io/envoy' }));
  expect(imagePlaces(envoy({ imageRepository: 'envoy' }))[0]?.tagUnknown).toBe(true);

  const agent = (image: object) => ({ apiVersion: 'agentgateway.dev/v1alpha1', kind: 'AgentgatewayParameters', spec: { image } });
  const mirror = (image: object) => {
    const objects = [agent(image), { apiVersion: 'v1', kind: 'List', items: [agent(image)] }];
    const asked = objects.flatMap((object) => imagePlaces(object).map(({ reference }) => reference));
    const [single, list] = objects.map((object) => mapImages(object, ({ reference }) => `registry.example.com:5000/m/${reference}`));
    expect((list as { items: unknown[] }).items[0]).toEqual(single);
    return { asked: asked[0], image: (single as ReturnType<typeof agent>).spec.image };
  };
  expect(mirror({ tag: 'v1', pullPolicy: 'Always' })).toEqual({
    asked: 'cr.agentgateway.dev/agentgateway:v1',
    image: { registry: 'registry.example.com:5000', repository: 'm/cr.agentgateway.dev/agentgateway', tag: 'v1', pullPolicy: 'Always' },
  });
  expect(mirror({ registry: 'ghcr.io', repository: 'acme/agent', digest: DIGEST })).toEqual({
    asked: `ghcr.io/acme/agent@${DIGEST}`,
    image: { registry: 'registry.example.com:5000', repository: 'm/ghcr.io/acme/agent', digest: DIGEST },
  });
  expect(imagePlaces(agent({}))[0]?.tagUnknown).toBe(true);
});

test('certain is what Kubernetes pulls, and what becomes the container of a proxy; all else is not', () => {
  const certainOf = (object: object) => imagePlaces(object).map(({ reference, certain }) => `${reference} ${certain}`);
  const spec = { containers: [{ image: 'a' }], volumes: [{ image: { reference: 'b' } }], container: { image: 'c', imageRepository: 'd' } };
  const template = {
    template: { spec },
    replicas: [{ patch: { initContainers: [{ image: 'e' }], ephemeralContainers: [{ image: 'f' }] } }],
  };
  const known = ['a true', 'b true', 'c true', 'd true', 'e true', 'f true'];
  expect(certainOf({ apiVersion: 'acme.com/v1', kind: 'Unknown', spec: template })).toEqual(known);
  const image = { registry: 'g', repository: 'h', tag: '1' };
  const other = {
    image: 'a',
    imageRepository: 'b',
    steps: [{ image: 'c' }],
    containers: { main: { image: 'd' } },
    containersOf: [{ image: { reference: 'e' } }],
    tool: { image },
    more: [{ containers: [{ settings: { image: 'f' }, image }] }],
  };
  expect(certainOf({ apiVersion: 'acme.com/v1', kind: 'Unknown', spec: other })).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'g/h:1', 'f', 'g/h:1'].map((name) => `${name} false`),
  );
  const agent = (spec: object) => certainOf({ apiVersion: 'agentgateway.dev/v1alpha1', kind: 'AgentgatewayParameters', spec });
  expect(agent({ image, other: { image } })).toEqual(['g/h:1 true', 'g/h:1 false']);
});

test('an image in parts without a registry keeps its host in the repository', () => {
  const chart = {
    apiVersion: 'helm.example.com/v1',
    kind: 'Release',
    spec: { values: { image: { repository: 'quay.io/acme/x', tag: '1' } } },
  };
  const mapped = mapImages(chart, ({ reference }) => `m.example.com/${reference.replace('1', '2')}`);
  expect(mapped.spec.values.image).toEqual({ repository: 'm.example.com/quay.io/acme/x', tag: '2' });
});

test('names, labels, disks and texts are no images', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x', labels: { image: 'a' }, annotations: { image: 'b' } },
    spec: {
      selector: { image: 'c' },
      nodeSelector: { image: 'd' },
      template: { metadata: { labels: { image: 'e' } } },
      volumes: [{ name: 'disk', rbd: { image: 'f', pool: 'g' } }],
      containers: [{ name: 'i', image: '', env: [{ name: 'image', value: 'h' }], imagePullPolicy: 'Always' }],
      image: 7,
      other: { image: null },
    },
    status: { containerStatuses: [{ image: 'j' }] },
  };
  expect(found(object)).toEqual([]);
  const text = { apiVersion: 'v1', kind: 'ConfigMap', data: { image: 'a:1' }, image: 'b:1' };
  expect(found(text)).toEqual([]);
  expect(found({ apiVersion: 'v1', kind: 'List', items: [text, { ...text, kind: 'Secret' }] })).toEqual([]);
});

test('a definition of a kind says what its objects may hold, and names nothing that is pulled', () => {
  const properties = { spec: { properties: { image: { type: 'string' } }, default: { image: 'a:1' }, example: { image: 'b:1' } } };
  const versions = [{ name: 'v1', schema: { openAPIV3Schema: { properties } } }];
  expect(found({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', spec: { versions } })).toEqual([]);
});

test('what holds no image, and what stays, is the same value; what is given is not touched', () => {
  const object = Object.freeze({
    apiVersion: 'v1',
    kind: 'Pod',
    spec: Object.freeze({ a: Object.freeze([{ image: 'x:1' }]), b: { c: 1 } }),
  });
  expect(mapImages(object, ({ reference }) => reference)).toBe(object);
  const mapped = mapImages(object, () => TO);
  expect(mapped.spec.a).toEqual([{ image: TO }]);
  expect(mapped.spec.b).toBe(object.spec.b);
  expect(object.spec.a[0]?.image).toBe('x:1');
});

test.each([undefined, null, 'image', 7, [], {}])('%p holds none', (value) => {
  expect(imagePlaces(value)).toEqual([]);
});
