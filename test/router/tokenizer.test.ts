import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { Release } from '../../lib/values/release';
import { type Any, codeOf, parsedFile, routerOf, serversPlan } from './fixtures';

const strategy = RoutingStrategy.precisePrefix();
const precise = routerOf({ strategy });
const deployment = precise.one('Deployment', 'qwen-render');
const render = deployment.spec.template.spec.containers[0];
const withModel = (model: object) => serversPlan({ model: { ...serversPlan().model, ...model } });

test('only a strategy that reads tokens has one', () => {
  expect(strategy.needsTokenizer).toBe(true);
  expect(routerOf().router.tokenizer).toBeUndefined();
  expect(routerOf().all('Deployment')).toHaveLength(1);
});

test('the router asks the Service, which leads to the pods', () => {
  const service = precise.one('Service', 'qwen-render');
  const config = parsedFile(precise.one('ConfigMap'));
  const producer = config.plugins.find(({ type }: Any) => type === 'token-producer');
  expect(producer.parameters.vllm.url).toBe('http://qwen-render:8000');
  expect(service.spec.ports).toEqual([{ name: 'render-http', port: 8000, targetPort: 'render-http', protocol: 'TCP' }]);
  expect(service.spec.selector).toEqual({ 'llm-d-router-tokenizer': 'qwen-render' });
  expect(deployment.spec.selector.matchLabels).toEqual(service.spec.selector);
  expect(deployment.spec.template.metadata.labels).toMatchObject(service.spec.selector);
  expect(render.ports).toEqual([{ name: 'render-http', containerPort: 8000 }]);
});

test('the model that it renders is the one that the router names', () => {
  const producer = parsedFile(precise.one('ConfigMap')).plugins.find(({ type }: Any) => type === 'token-producer');
  expect(producer.parameters.modelName).toBe('Qwen/Qwen3-32B');
  expect(render.command).toEqual(['vllm', 'launch', 'render']);
  expect(render.args).toEqual(['Qwen/Qwen3-32B', '--port=8000']);
});

test('it is sized as in the guides', () => {
  expect(deployment.spec.replicas).toBe(3);
  expect(render.resources).toEqual({ requests: { cpu: '1', memory: '4Gi' }, limits: { cpu: '4', memory: '12Gi' } });
  expect(render.image).toBe(Release.LATEST.row.tokenizer);
  expect(render.readinessProbe).toMatchObject({ httpGet: { path: '/health', port: 'render-http' }, failureThreshold: 60 });
});

test('it downloads to a volume of its own', () => {
  const [home] = render.env.filter(({ name }: Any) => name === 'HF_HOME');
  const [mount] = render.volumeMounts;
  expect(home.value).toBe(mount.mountPath);
  expect(deployment.spec.template.spec.volumes).toEqual([{ name: mount.name, emptyDir: {} }]);
});

test('it has the token of the servers, if they have one', () => {
  const token = { secretName: 'llm-d-hf-token', key: 'HF_TOKEN' };
  const gated = routerOf({ strategy, servers: withModel({ token }) });
  expect(gated.one('Deployment', 'qwen-render').spec.template.spec.containers[0].env).toContainEqual({
    name: 'HF_TOKEN',
    valueFrom: { secretKeyRef: { name: 'llm-d-hf-token', key: 'HF_TOKEN' } },
  });
  expect(render.env.map(({ name }: Any) => name)).toEqual(['HF_HOME']);
});

test('its pods are no endpoints of the pool, whatever the user writes on them', () => {
  const pool = precise.one('InferencePool').spec.selector.matchLabels;
  expect(deployment.spec.template.metadata.labels).not.toMatchObject(pool);
  expect(codeOf(() => routerOf({ strategy, tokenizer: { podLabels: { 'llm-d.ai/guide': 'qwen' } } }))).toBe('LLMD552');
});

test('it talks to no API server and gains no privileges', () => {
  expect(deployment.spec.template.spec.automountServiceAccountToken).toBe(false);
  expect(render.securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
});

describe('a model on a path', () => {
  const servers = withModel({ reference: '/models/qwen' });

  test('is not visible to it', () => {
    expect(codeOf(() => routerOf({ strategy, servers }))).toBe('LLMD556');
  });

  test('may be named by its id instead, and is served by the name of the clients', () => {
    const { one } = routerOf({ strategy, servers, tokenizer: { model: 'Qwen/Qwen3-32B-FP8' } });
    expect(one('Deployment', 'qwen-render').spec.template.spec.containers[0].args).toEqual([
      'Qwen/Qwen3-32B-FP8',
      '--port=8000',
      '--served-model-name=Qwen/Qwen3-32B',
    ]);
  });

  test('may be mounted', () => {
    const volumes = [{ name: 'weights', persistentVolumeClaim: { claimName: 'weights', readOnly: true } }];
    const volumeMounts = [{ name: 'weights', mountPath: '/models', readOnly: true }];
    const { one } = routerOf({ strategy, servers, tokenizer: { volumes, volumeMounts } });
    const { spec } = one('Deployment', 'qwen-render').spec.template;
    expect(spec.containers[0].args[0]).toBe('/models/qwen');
    expect(spec.volumes).toContainEqual(volumes[0]);
    expect(spec.containers[0].volumeMounts).toContainEqual(volumeMounts[0]);
  });

  test('is not visible through a mount beside it', () => {
    const volumeMounts = [{ name: 'weights', mountPath: '/mod' }];
    expect(codeOf(() => routerOf({ strategy, servers, tokenizer: { volumeMounts } }))).toBe('LLMD556');
  });
});

test('what a user sets is used', () => {
  const tokenizer = {
    replicas: 1,
    image: 'mirror.example.com/vllm-cpu:1',
    extraArgs: ['--trust-remote-code'],
    nodeSelector: { pool: 'cpu' },
  };
  const { spec } = routerOf({ strategy, tokenizer }).one('Deployment', 'qwen-render');
  expect(spec.replicas).toBe(1);
  expect(spec.template.spec).toMatchObject({ nodeSelector: { pool: 'cpu' } });
  expect(spec.template.spec.containers[0].image).toBe('mirror.example.com/vllm-cpu:1');
  expect(spec.template.spec.containers[0].args.at(-1)).toBe('--trust-remote-code');
  expect(codeOf(() => routerOf({ strategy, tokenizer: { replicas: 0 } }))).toBe('LLMD104');
});
