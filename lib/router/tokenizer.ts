import { Construct } from 'constructs';
import { Deployment } from '../manifests/deployment';
import { NAME_LABEL, objectLabels } from '../manifests/object-labels';
import type { Container, EnvVar, PodSpec, ResourceRequirements, SecurityContext, Toleration, Volume, VolumeMount } from '../manifests/pod';
import { Service } from '../manifests/service';
import { checkInteger } from '../util/check';
import { objectName } from '../util/dns';
import { deepFreeze } from '../util/freeze';
import { type PropTable, propsAt } from '../util/props';
import { ensure } from '../validation/error';
import type { ServersPlan } from '../values/plan';
import { Release } from '../values/release';
import { besidePoolLabels } from './pod-labels';
import { podSecurity, unprivilegedContainer } from './security';

/** What a user may set of the render service. */
export interface TokenizerOptions {
  /**
   * Pods of the render service.
   * @default 3
   */
  readonly replicas?: number;
  /**
   * Requests and limits of each pod; it loads the tokenizer, not the weights.
   * @default - 1 CPU and 4Gi requested, limited to 4 CPU and 12Gi (upstream's guides)
   */
  readonly resources?: ResourceRequirements;
  /**
   * What the render service loads: an id on Hugging Face, or a path below one of `volumeMounts`.
   * @default - what the model servers load; weights on a claim or in an image are mounted in the render pods too
   */
  readonly model?: string;
  /**
   * Image of vLLM for CPUs.
   * @default - that of the release
   */
  readonly image?: string;
  /**
   * Arguments after ours, e.g. `--tokenizer-mode=mistral`.
   * @default []
   */
  readonly extraArgs?: readonly string[];
  /**
   * Volumes of the pods, besides the cache.
   * @default []
   */
  readonly volumes?: readonly Volume[];
  /**
   * Where these volumes are mounted.
   * @default []
   */
  readonly volumeMounts?: readonly VolumeMount[];
  /**
   * Labels of the pods; they never enter a selector.
   * @default {}
   */
  readonly podLabels?: Readonly<Record<string, string>>;
  /**
   * Labels of the nodes that may run the pods.
   * @default - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /**
   * Taints that the pods tolerate.
   * @default []
   */
  readonly tolerations?: readonly Toleration[];
}

/** Fields of a {@link Tokenizer}. */
export interface TokenizerProps extends TokenizerOptions {
  /** The servers whose prompts are tokenized. */
  readonly servers: ServersPlan;
  /**
   * Namespace of the objects.
   * @default - that of the chart
   */
  readonly namespace?: string;
}

const PROPS: PropTable<TokenizerProps> = {
  servers: 'record',
  namespace: 'text',
  replicas: 'value',
  resources: 'record',
  model: 'text',
  image: 'text',
  extraArgs: 'list',
  volumes: 'records',
  volumeMounts: 'records',
  podLabels: 'record',
  nodeSelector: 'record',
  tolerations: 'records',
};

const PORT = 8000;
const PORT_NAME = 'render-http';
const SELECTOR = 'llm-d-router-tokenizer';
const CACHE = 'model-cache';
const CACHE_FOLDER = '/tmp/hf';

const RESOURCES: ResourceRequirements = deepFreeze({ requests: { cpu: '1', memory: '4Gi' }, limits: { cpu: '4', memory: '12Gi' } });

/**
 * The render service of a router that must know the tokens of a prompt: pods that run vLLM's front end without a model behind it, and
 * the Service by which all replicas of the router reach them.
 *
 * Its pods never carry the labels of the pool, or requests for the model would be sent to them.
 */
export class Tokenizer extends Construct {
  readonly deployment: Deployment;
  readonly service: Service;
  /** What the router asks: the Service by its short name, as both are in one namespace. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: TokenizerProps) {
    super(scope, id);
    const given = propsAt(this, '`tokenizer`', props, PROPS);
    const { servers, namespace, replicas = 3 } = given;
    checkInteger('tokenizer.replicas', replicas, 1);
    const name = objectName([servers.name, 'render']);
    const selector = { [SELECTOR]: name };
    const component = { 'app.kubernetes.io/component': 'tokenizer' };
    const metadata = { name, namespace, labels: { ...objectLabels(this, name), ...component } };
    const labels = besidePoolLabels({
      name,
      own: { [NAME_LABEL]: name, ...component, ...selector },
      labels: given.podLabels ?? {},
      poolName: servers.name,
      poolLabels: servers.poolLabels,
    });
    const spec: PodSpec = {
      automountServiceAccountToken: false,
      containers: [renderContainer(given, given.image ?? Release.of(this).row.tokenizer, unprivilegedContainer(this))],
      volumes: [{ name: CACHE, emptyDir: {} }, ...(readsWeights(given) ? [servers.model.volume] : []), ...(given.volumes ?? [])],
      nodeSelector: given.nodeSelector,
      tolerations: given.tolerations,
      securityContext: podSecurity(this),
    };
    this.deployment = new Deployment(this, 'Deployment', {
      metadata,
      spec: { replicas, selector: { matchLabels: selector }, template: { metadata: { labels }, spec } },
    });
    this.service = new Service(this, 'Service', {
      metadata,
      spec: { selector, ports: [{ name: PORT_NAME, port: PORT, targetPort: PORT_NAME, protocol: 'TCP' }] },
    });
    this.url = `http://${name}:${PORT}`;
  }
}

/** True when the pods load the very files of the model servers, from the same read-only volume. */
function readsWeights({ model, servers }: TokenizerProps): boolean {
  return model === undefined && servers.model.kind !== 'huggingFace';
}

function renderContainer(props: TokenizerProps, image: string, securityContext: SecurityContext): Container {
  const { model } = props.servers;
  const reference = props.model ?? model.reference;
  const mounts = [...(readsWeights(props) ? [model.mount] : []), ...(props.volumeMounts ?? [])];
  const visible =
    !reference.startsWith('/') || mounts.some(({ mountPath }) => reference === mountPath || reference.startsWith(`${mountPath}/`));
  ensure(visible, 'LLMD556', { model: reference });
  const asServers = [
    // The router asks for the model by the name that clients use.
    ...(reference === model.servedName ? [] : [`--served-model-name=${model.servedName}`]),
    ...(model.revision === undefined || props.model !== undefined ? [] : [`--revision=${model.revision}`]),
    ...(model.trustRemoteCode ? ['--trust-remote-code'] : []),
  ];
  return {
    name: 'vllm-render',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['vllm', 'launch', 'render'],
    args: [reference, `--port=${PORT}`, ...asServers, ...(props.extraArgs ?? [])],
    ports: [{ name: PORT_NAME, containerPort: PORT }],
    env: environment(props.servers),
    resources: props.resources ?? RESOURCES,
    readinessProbe: {
      httpGet: { path: '/health', port: PORT_NAME },
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 60,
    },
    volumeMounts: [{ name: CACHE, mountPath: CACHE_FOLDER }, ...mounts],
    securityContext,
  };
}

function environment({ model: { token } }: ServersPlan): EnvVar[] {
  const own = [
    { name: 'HF_HOME', value: CACHE_FOLDER },
    // Where the cluster chooses the user, it has neither a home that can be written nor a name, and vLLM asks for both.
    { name: 'HOME', value: CACHE_FOLDER },
    { name: 'USER', value: 'llm-d' },
  ];
  if (token === undefined) {
    return own;
  }
  return [...own, { name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: token.secretName, key: token.key } } }];
}
