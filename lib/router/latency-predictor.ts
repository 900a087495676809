import { ConfigMap } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { objectLabels } from '../manifests/object-labels';
import type { Container, EnvVar, Probe, ResourceRequirements, Volume } from '../manifests/pod';
import { checkInteger } from '../util/check';
import { objectName } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { type PropTable, propsAt } from '../util/props';
import { Release } from '../values/release';
import { contentHash } from './content-hash';
import { unprivilegedContainer } from './security';
import type { RouterSidecar } from './sidecar';

/** What a user may set of the latency predictor of an upstream router. */
export interface LatencyPredictorOptions {
  /**
   * Prediction servers in the router pod: one for about 100 requests a second, two for 5000, four for 10000 (upstream's measurements).
   * @default 1
   */
  readonly predictionServers?: number;
  /**
   * Requests and limits of the training server.
   * @default - 2 CPU and 4Gi requested, limited to 4 CPU and 8Gi (upstream's chart)
   */
  readonly trainingResources?: ResourceRequirements;
  /**
   * Requests and limits of each prediction server.
   * @default - 8 CPU and 4Gi requested, limited to 28 CPU and 8Gi (upstream's chart)
   */
  readonly predictionResources?: ResourceRequirements;
}

/** Fields of a {@link LatencyPredictor}. */
export interface LatencyPredictorProps extends LatencyPredictorOptions {
  /** Name of the router; the ConfigMaps are named and labelled after it. */
  readonly routerName: string;
  /**
   * Namespace of the ConfigMaps.
   * @default - that of the chart
   */
  readonly namespace?: string;
}

const PROPS: PropTable<LatencyPredictorProps> = {
  routerName: 'text',
  namespace: 'text',
  predictionServers: 'value',
  trainingResources: 'record',
  predictionResources: 'record',
};

const TRAINING_PORT = 8000;
const FIRST_PREDICTION_PORT = 8001;
const TRAINING_URL = `http://localhost:${TRAINING_PORT}`;

// All values below are those of upstream's chart.
const TRAINING_RESOURCES = deepFreeze({ requests: { cpu: '2', memory: '4Gi' }, limits: { cpu: '4', memory: '8Gi' } });
const PREDICTION_RESOURCES = deepFreeze({ requests: { cpu: '8', memory: '4Gi' }, limits: { cpu: '28', memory: '8Gi' } });

const SHARED = { LATENCY_MODEL_TYPE: 'xgboost', LATENCY_OBJECTIVE_TYPE: 'mean' };

const TRAINING_CONFIG: Readonly<Record<string, string>> = {
  ...SHARED,
  LATENCY_RETRAINING_INTERVAL_SEC: '10',
  LATENCY_MIN_SAMPLES_FOR_RETRAIN: '100',
  LATENCY_MAX_TRAINING_DATA_SIZE_PER_BUCKET: '500',
  LATENCY_TTFT_MODEL_PATH: '/models/ttft.joblib',
  LATENCY_TPOT_MODEL_PATH: '/models/tpot.joblib',
  LATENCY_TTFT_SCALER_PATH: '/models/ttft_scaler.joblib',
  LATENCY_TPOT_SCALER_PATH: '/models/tpot_scaler.joblib',
};

const PREDICTION_CONFIG: Readonly<Record<string, string>> = {
  ...SHARED,
  PREDICT_HOST: '0.0.0.0',
  LOCAL_TTFT_MODEL_PATH: '/server_models/ttft.joblib',
  LOCAL_TPOT_MODEL_PATH: '/server_models/tpot.joblib',
  LOCAL_TTFT_SCALER_PATH: '/server_models/ttft_scaler.joblib',
  LOCAL_TPOT_SCALER_PATH: '/server_models/tpot_scaler.joblib',
  UVICORN_WORKERS: '28',
  OMP_NUM_THREADS: '1',
  MODEL_SYNC_INTERVAL_SEC: '30',
};

const ROUTER_ENV: Readonly<Record<string, string>> = {
  LATENCY_MAX_SAMPLE_SIZE: '10000',
  LATENCY_MAX_CONCURRENT_DISPATCHES: '36',
  LATENCY_COALESCE_WINDOW_MS: '1',
};

/**
 * The latency predictor of the upstream router: one container that learns from finished requests and some that predict, beside the
 * router. The router of this project has the model built in and needs none of it.
 */
export class LatencyPredictor extends Construct implements RouterSidecar {
  readonly trainingConfig: ConfigMap;
  readonly predictionConfig: ConfigMap;
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly routerEnv: readonly EnvVar[];
  readonly podAnnotations: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: LatencyPredictorProps) {
    super(scope, id);
    const given = propsAt(this, '`latencyPredictor`', props, PROPS);
    const { routerName, namespace, predictionServers = 1 } = given;
    checkInteger('latencyPredictor.predictionServers', predictionServers, 1);
    const images = Release.of(this).row.latencyPredictor;
    // Longer than other names: nothing is appended to the name of a ConfigMap.
    const nameOf = (part: string) => objectName([routerName, 'latency-predictor', part], 80);
    const labels = objectLabels(this, routerName);
    this.trainingConfig = new ConfigMap(this, 'Training', {
      metadata: { name: nameOf('training'), namespace, labels },
      data: { ...TRAINING_CONFIG },
    });
    this.predictionConfig = new ConfigMap(this, 'Prediction', {
      metadata: { name: nameOf('prediction'), namespace, labels },
      data: { ...PREDICTION_CONFIG },
    });
    const ports = Array.from({ length: predictionServers }, (_, index) => FIRST_PREDICTION_PORT + index);
    const securityContext = unprivilegedContainer(this);
    this.containers = [
      trainingContainer(images.training, nameOf('training'), given),
      ...ports.map((port, index) => predictionContainer(images.prediction, nameOf('prediction'), given, index + 1, port)),
    ].map((container) => ({ ...container, securityContext }));
    this.volumes = [
      { name: 'training-server-storage', emptyDir: { sizeLimit: '20Gi' } },
      ...ports.map((_, index) => ({ name: storageOf(index + 1), emptyDir: { sizeLimit: '10Gi' } })),
    ];
    this.routerEnv = [
      { name: 'PREDICTION_SERVER_URL', value: ports.map((port) => `http://localhost:${port}`).join(',') },
      { name: 'TRAINING_SERVER_URL', value: TRAINING_URL },
      ...Object.entries(ROUTER_ENV).map(([name, value]) => ({ name, value })),
    ];
    this.podAnnotations = { 'checksum/latency-predictor-config': contentHash(JSON.stringify([TRAINING_CONFIG, PREDICTION_CONFIG])) };
  }
}

function storageOf(number: number): string {
  return `prediction-server-${number}-storage`;
}

function http(path: string, port: number, timings: Omit<Probe, 'httpGet' | 'grpc'>): Probe {
  return { httpGet: { path, port }, ...timings };
}

function trainingContainer(image: string, configMap: string, props: LatencyPredictorProps): Container {
  return {
    name: 'training-server',
    image,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'training-port', containerPort: TRAINING_PORT }],
    livenessProbe: http('/healthz', TRAINING_PORT, { initialDelaySeconds: 30, periodSeconds: 20 }),
    readinessProbe: http('/readyz', TRAINING_PORT, { initialDelaySeconds: 45, periodSeconds: 10 }),
    resources: props.trainingResources ?? TRAINING_RESOURCES,
    envFrom: [{ configMapRef: { name: configMap } }],
    env: [podName(), { name: 'SERVER_TYPE', value: 'training' }],
    volumeMounts: [{ name: 'training-server-storage', mountPath: '/models' }],
  };
}

function predictionContainer(image: string, configMap: string, props: LatencyPredictorProps, number: number, port: number): Container {
  return {
    name: `prediction-server-${number}`,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['uvicorn'],
    args: ['llm_d_latency_predictor.prediction_server:app', '--host', '0.0.0.0', '--port', String(port)],
    ports: [{ name: `predict-port-${number}`, containerPort: port }],
    livenessProbe: http('/healthz', port, { initialDelaySeconds: 15, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 5 }),
    readinessProbe: http('/readyz', port, { initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 30 }),
    resources: props.predictionResources ?? PREDICTION_RESOURCES,
    envFrom: [{ configMapRef: { name: configMap } }],
    env: [
      { name: 'PREDICT_PORT', value: String(port) },
      podName(),
      { name: 'SERVER_TYPE', value: `prediction-${number}` },
      { name: 'TRAINING_SERVER_URL', value: TRAINING_URL },
    ],
    volumeMounts: [{ name: storageOf(number), mountPath: '/server_models' }],
  };
}

function podName(): EnvVar {
  return { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
}
