import type { Duration } from 'cdk8s';
import type { EnvVar, ResourceRequirements, Toleration, Volume, VolumeMount } from '../manifests/pod';
import type { RoutingStrategy } from '../routing/routing-strategy';
import type { PropTable } from '../util/props';
import type { ServersPlan } from '../values/plan';
import type { EnvoySidecarOptions } from './envoy-sidecar';
import type { LatencyPredictorOptions } from './latency-predictor';
import type { RouterLogLevel } from './router-args';
import type { RouterTracing } from './router-env';
import type { RouterFlags } from './router-flags';
import type { RouterImage } from './router-image';
import type { RouterObjective } from './router-plan';
import type { RouterSidecar } from './sidecar';
import type { TokenizerOptions } from './tokenizer';

/** What a user may set of a router. */
export interface InferenceRouterOptions {
  /**
   * The router that runs.
   * @default RouterImage.BUNDLED
   */
  readonly image?: RouterImage;
  /**
   * Pods of the router. One is enough for thousands of requests a second; more wait to take over, or act together without
   * `leaderElection`.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * True lets one replica act while the others wait: state stays in one place, and a failure costs seconds. False lets all act, which
   * fits strategies whose state comes from the model servers.
   * @default - true with more than one replica
   */
  readonly leaderElection?: boolean;
  /**
   * Requests and limits of the router container.
   * @default - 4 CPU and 8Gi requested, limited to 16Gi (upstream's guides)
   */
  readonly resources?: ResourceRequirements;
  /**
   * Flags of the router by name without dashes, e.g. `{ 'drain-timeout': '60s' }`. Those that follow from other props are refused.
   * @default {}
   */
  readonly flags?: RouterFlags;
  /**
   * Environment of the router container, after ours. `LLM_D_EPP_…` are settings of the router of this project (`routerVariables` of
   * `llm-d-epp-config`, `router/README.md`): names that do not exist and values that it cannot read are told at synth.
   * @default []
   */
  readonly env?: readonly EnvVar[];
  /**
   * What a gateway does when the router cannot be asked: `FailOpen` sends the request to any pod of the pool, `FailClose` refuses it.
   * @default 'FailOpen'
   */
  readonly failureMode?: 'FailOpen' | 'FailClose';
  /**
   * How much the router logs.
   * @default 'info'
   */
  readonly logLevel?: RouterLogLevel;
  /**
   * Where traces go.
   * @default - no traces
   */
  readonly tracing?: RouterTracing;
  /**
   * True adds a ServiceMonitor, which needs the Prometheus operator.
   * @default false
   */
  readonly monitoring?: boolean;
  /**
   * How often Prometheus scrapes.
   * @default Duration.seconds(10)
   */
  readonly scrapeInterval?: Duration;
  /**
   * Labels of the ServiceMonitor, by which a Prometheus may choose it.
   * @default {}
   */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /**
   * True lets only those read `/metrics` whom the API server allows to; it adds a ClusterRole, as asking the API server needs one.
   * @default false
   */
  readonly metricsAuth?: boolean;
  /**
   * False serves ext_proc without TLS, for gateways that cannot speak it.
   * @default true
   */
  readonly secureServing?: boolean;
  /**
   * How the router finds its pods: `pool` reads an InferencePool, which is emitted too; `selector` reads the labels of pods and needs no
   * custom resource.
   * @default 'pool'
   */
  readonly mode?: 'pool' | 'selector';
  /**
   * Priorities that clients may ask for by name; each becomes an InferenceObjective.
   * @default []
   */
  readonly objectives?: readonly RouterObjective[];
  /**
   * True adds a PodDisruptionBudget that lets one replica at a time be evicted. Only replicas without `leaderElection` can have one.
   * @default - true with several replicas and without `leaderElection`
   */
  readonly disruptionBudget?: boolean;
  /**
   * Containers beside the router.
   * @default []
   */
  readonly sidecars?: readonly RouterSidecar[];
  /**
   * The render service, when the strategy needs one.
   * @default - see {@link TokenizerOptions}
   */
  readonly tokenizer?: TokenizerOptions;
  /**
   * The latency predictor, when the strategy needs one and the router is upstream's; ours has it built in.
   * @default - see {@link LatencyPredictorOptions}
   */
  readonly latencyPredictor?: LatencyPredictorOptions;
  /**
   * Volumes of the pod, e.g. for `cert-path`.
   * @default []
   */
  readonly volumes?: readonly Volume[];
  /**
   * Where the router container mounts them.
   * @default []
   */
  readonly volumeMounts?: readonly VolumeMount[];
  /**
   * Labels of the nodes that may run the router.
   * @default - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * Taints that the pods tolerate.
   * @default []
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * Affinity of the pods, as Kubernetes writes it.
   * @default - none; several replicas are spread over nodes where that is possible
   */
  readonly affinity?: unknown;
  /**
   * Priority class of the pods.
   * @default - that of the cluster
   */
  readonly priorityClassName?: string;
  /**
   * Secrets with which the images are pulled.
   * @default []
   */
  readonly imagePullSecrets?: readonly string[];
  /**
   * Annotations of the pods.
   * @default {}
   */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /**
   * Labels of the pods; they never enter a selector.
   * @default {}
   */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** Fields of an `InferenceRouter`. */
export interface InferenceRouterProps extends InferenceRouterOptions {
  /** The servers that it chooses from; pool and router are named after them. */
  readonly servers: ServersPlan;
  /**
   * How it chooses.
   * @default - by prefix and load, or by the roles of the servers: `RoutingStrategy.defaultFor`
   */
  readonly strategy?: RoutingStrategy;
  /**
   * An Envoy in the router pod, which takes the requests of clients: the standalone mode. With a gateway there is none.
   * @default - none
   */
  readonly proxy?: EnvoySidecarOptions;
}

const OPTIONS: PropTable<InferenceRouterOptions> = {
  image: 'value',
  replicas: 'value',
  leaderElection: 'flag',
  resources: 'record',
  flags: 'record',
  env: 'records',
  failureMode: 'value',
  logLevel: 'value',
  tracing: 'record',
  monitoring: 'flag',
  scrapeInterval: 'value',
  monitorLabels: 'record',
  metricsAuth: 'flag',
  secureServing: 'flag',
  mode: 'value',
  objectives: 'records',
  disruptionBudget: 'flag',
  sidecars: 'records',
  tokenizer: 'record',
  latencyPredictor: 'record',
  volumes: 'records',
  volumeMounts: 'records',
  nodeSelector: 'record',
  tolerations: 'records',
  affinity: 'value',
  priorityClassName: 'text',
  imagePullSecrets: 'list',
  podAnnotations: 'record',
  podLabels: 'record',
};

/** All props of a router. */
export const ROUTER_PROPS: PropTable<InferenceRouterProps> = { ...OPTIONS, servers: 'record', strategy: 'value', proxy: 'record' };
