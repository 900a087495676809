import { Yaml } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { objectLabels } from '../manifests/object-labels';
import type { Container, ResourceRequirements, SecurityContext, Volume } from '../manifests/pod';
import type { ServicePort } from '../manifests/service';
import { objectName } from '../util/dns';
import { type PropTable, propsAt } from '../util/props';
import { Release } from '../values/release';
import { contentHash } from './content-hash';
import { envoyBootstrap } from './envoy-bootstrap';
import { ENVOY_PORTS } from './ports';
import { ROUTER_RESOURCES } from './resources';
import { restrictedContainer } from './security';
import type { RouterSidecar } from './sidecar';

/** What a user may set of the Envoy beside a router. */
export interface EnvoySidecarOptions {
  /**
   * What happens to a request when the router cannot be asked: true lets it pass, and without a destination Envoy answers 503; false
   * answers 500.
   * @default true
   */
  readonly failOpen?: boolean;
  /**
   * Requests and limits of the Envoy container.
   * @default - 4 CPU and 8Gi requested, limited to 16Gi (upstream's guides)
   */
  readonly resources?: ResourceRequirements;
  /**
   * Worker threads of Envoy.
   * @default 8
   */
  readonly concurrency?: number;
  /**
   * Image of Envoy.
   * @default - that of the release
   */
  readonly image?: string;
}

/** What the router tells its Envoy. */
export interface EnvoySidecarProps extends EnvoySidecarOptions {
  /** The pool that it serves: the ConfigMap is named after it, so that two routers of a namespace do not share one. */
  readonly poolName: string;
  /** Name of the router, for the labels of the ConfigMap. */
  readonly routerName: string;
  /**
   * Namespace of the ConfigMap.
   * @default - that of the chart
   */
  readonly namespace?: string;
  /** True when the router serves ext_proc over TLS. */
  readonly secureServing: boolean;
}

const PROPS: PropTable<EnvoySidecarProps> = {
  poolName: 'text',
  routerName: 'text',
  namespace: 'text',
  secureServing: 'flag',
  failOpen: 'flag',
  resources: 'record',
  concurrency: 'value',
  image: 'text',
};

const VOLUME = 'envoy-config';
const FILE = 'envoy.yaml';
const FOLDER = '/etc/envoy';

/**
 * Envoy in the router pod: takes the requests of clients on port 8081, asks the router and connects to the pod that it names.
 *
 * It runs as a native sidecar, so at the end of a pod it outlives the router: streams that both carry can finish.
 */
export class EnvoySidecar extends Construct implements RouterSidecar {
  /** Holds the bootstrap. */
  readonly configMap: ConfigMap;
  readonly initContainers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly servicePorts: readonly ServicePort[];
  readonly podAnnotations: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: EnvoySidecarProps) {
    super(scope, id);
    const given = propsAt(this, '`proxy`', props, PROPS);
    const name = objectName([given.poolName, 'envoy']);
    const bootstrap = Yaml.stringify(envoyBootstrap({ secureServing: given.secureServing, failOpen: given.failOpen ?? true }));
    const labels = objectLabels(this, given.routerName);
    this.configMap = new ConfigMap(this, 'Config', { metadata: { name, namespace: given.namespace, labels }, data: { [FILE]: bootstrap } });
    this.volumes = [{ name: VOLUME, configMap: { name, items: [{ key: FILE, path: FILE }] } }];
    this.initContainers = [container(given, given.image ?? Release.of(this).row.envoy, restrictedContainer(this))];
    this.servicePorts = [{ name: 'http', port: ENVOY_PORTS.service, targetPort: ENVOY_PORTS.http, protocol: 'TCP' }];
    this.podAnnotations = { 'checksum/envoy-config': contentHash(bootstrap) };
  }
}

function container(props: EnvoySidecarOptions, image: string, securityContext: SecurityContext): Container {
  return {
    name: 'envoy-proxy',
    image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    command: ['envoy'],
    args: [
      ...['--service-node', 'envoy-sidecar'],
      ...['--log-level', 'warn'],
      ...['--concurrency', String(props.concurrency ?? 8)],
      ...['--drain-strategy', 'immediate'],
      ...['--drain-time-s', '60'],
      ...['-c', `${FOLDER}/${FILE}`],
    ],
    env: [
      { name: 'NS_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    ports: [
      { name: `http-${ENVOY_PORTS.http}`, containerPort: ENVOY_PORTS.http },
      { name: `metrics-${ENVOY_PORTS.status}`, containerPort: ENVOY_PORTS.status },
    ],
    readinessProbe: {
      httpGet: { path: '/ready', port: ENVOY_PORTS.status, scheme: 'HTTP' },
      failureThreshold: 1,
      periodSeconds: 5,
      successThreshold: 1,
      timeoutSeconds: 1,
    },
    resources: props.resources ?? ROUTER_RESOURCES,
    volumeMounts: [{ name: VOLUME, mountPath: FOLDER, readOnly: true }],
    securityContext,
  };
}
