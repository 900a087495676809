import { RouterImage } from '../../lib/router/router-image';
import { RoutingStrategy } from '../../lib/routing/routing-strategy';
import { Release } from '../../lib/values/release';
import { type Any, codeOf, routerOf } from './fixtures';

const strategy = RoutingStrategy.predictedLatency();
const image = RouterImage.upstream();
const upstream = routerOf({ strategy, image });
const containerOf = ({ pod }: { readonly pod: Any }, name: string) => pod.spec.containers.find((one: Any) => one.name === name);
const envOf = (container: Any) => Object.fromEntries(container.env.map(({ name, value }: Any) => [name, value]));

test('our own router predicts by itself', () => {
  const { pod, router, container } = routerOf({ strategy });
  expect(router.latencyPredictor).toBeUndefined();
  expect(pod.spec.containers).toHaveLength(1);
  expect(envOf(container)).not.toHaveProperty('PREDICTION_SERVER_URL');
});

test('a strategy that predicts nothing has none', () => {
  expect(routerOf({ image }).router.latencyPredictor).toBeUndefined();
});

test('the upstream router gets one server that learns and one that predicts', () => {
  expect(upstream.pod.spec.containers.map(({ name }: Any) => name)).toEqual(['epp', 'training-server', 'prediction-server-1']);
  expect(containerOf(upstream, 'training-server').image).toBe(Release.LATEST.row.latencyPredictor.training);
  expect(containerOf(upstream, 'prediction-server-1').image).toBe(Release.LATEST.row.latencyPredictor.prediction);
  expect(envOf(upstream.container)).toMatchObject({
    PREDICTION_SERVER_URL: 'http://localhost:8001',
    TRAINING_SERVER_URL: 'http://localhost:8000',
    LATENCY_MAX_SAMPLE_SIZE: '10000',
    LATENCY_MAX_CONCURRENT_DISPATCHES: '36',
    LATENCY_COALESCE_WINDOW_MS: '1',
  });
});

test('as many predict as asked for, each on a port and a volume of its own', () => {
  const three = routerOf({ strategy, image, latencyPredictor: { predictionServers: 3 } });
  const servers = [1, 2, 3].map((number) => containerOf(three, `prediction-server-${number}`));
  expect(envOf(three.container).PREDICTION_SERVER_URL).toBe('http://localhost:8001,http://localhost:8002,http://localhost:8003');
  servers.forEach((server, index) => {
    const port = 8001 + index;
    expect(server.ports[0].containerPort).toBe(port);
    expect(server.args.slice(-2)).toEqual(['--port', String(port)]);
    expect(server.readinessProbe.httpGet).toEqual({ path: '/readyz', port });
    expect(server.livenessProbe.httpGet).toEqual({ path: '/healthz', port });
    expect(envOf(server)).toMatchObject({ PREDICT_PORT: String(port), TRAINING_SERVER_URL: 'http://localhost:8000' });
  });
  const mounted = servers.map((server) => server.volumeMounts[0].name);
  expect(new Set(mounted).size).toBe(3);
  expect(three.pod.spec.volumes.map(({ name }: Any) => name)).toEqual(expect.arrayContaining(mounted));
});

test('what a container reads from a ConfigMap exists', () => {
  const names = ['training-server', 'prediction-server-1'].map((name) => containerOf(upstream, name).envFrom[0].configMapRef.name);
  expect(names).toEqual(['qwen-epp-latency-predictor-training', 'qwen-epp-latency-predictor-prediction']);
  const [training, prediction] = names.map((name) => upstream.one('ConfigMap', name).data);
  expect(training).toMatchObject({ LATENCY_MODEL_TYPE: 'xgboost', LATENCY_TTFT_MODEL_PATH: '/models/ttft.joblib' });
  expect(prediction).toMatchObject({
    LATENCY_MODEL_TYPE: 'xgboost',
    UVICORN_WORKERS: '28',
    LOCAL_TTFT_MODEL_PATH: '/server_models/ttft.joblib',
  });
});

test('models are kept where the configuration says', () => {
  expect(containerOf(upstream, 'training-server').volumeMounts).toEqual([{ name: 'training-server-storage', mountPath: '/models' }]);
  expect(containerOf(upstream, 'prediction-server-1').volumeMounts[0].mountPath).toBe('/server_models');
});

test('sizes are those of upstream’s chart unless set', () => {
  const small = { requests: { cpu: '1' } };
  expect(containerOf(upstream, 'training-server').resources).toEqual({
    requests: { cpu: '2', memory: '4Gi' },
    limits: { cpu: '4', memory: '8Gi' },
  });
  expect(containerOf(upstream, 'prediction-server-1').resources.limits.cpu).toBe('28');
  const custom = routerOf({ strategy, image, latencyPredictor: { trainingResources: small, predictionResources: small } });
  expect(containerOf(custom, 'training-server').resources).toEqual(small);
  expect(containerOf(custom, 'prediction-server-1').resources).toEqual(small);
  expect(codeOf(() => routerOf({ strategy, image, latencyPredictor: { predictionServers: 0 } }))).toBe('LLMD104');
});
