import { Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { ClusterRole } from '../manifests/cluster-role';
import { ClusterRoleBinding } from '../manifests/cluster-role-binding';
import { NAME_LABEL } from '../manifests/object-labels';
import { Secret } from '../manifests/secret';
import { ServiceMonitor } from '../manifests/service-monitor';
import { objectName } from '../util/dns';
import { secondsOf } from '../util/units';
import { ensure } from '../validation/error';

/** What the scraping of a router depends on. */
export interface RouterMetricsProps {
  /** Name of the router. */
  readonly name: string;
  /** Namespace of the router; undefined is refused when scrapers must authenticate. */
  readonly namespace: string | undefined;
  /** Labels of all objects; the ServiceMonitor finds the Service of the router by its name among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Who the router is. */
  readonly serviceAccount: ServiceAccount;
  /** Whether a ServiceMonitor is emitted. */
  readonly monitoring: boolean;
  /** Whether scrapers must authenticate. */
  readonly auth: boolean;
  /**
   * How often Prometheus scrapes.
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;
  /**
   * Labels of the ServiceMonitor, by which a Prometheus may choose it.
   * @default {}
   */
  readonly monitorLabels?: Readonly<Record<string, string>>;
}

const PATH = '/metrics';
const TOKEN_KEY = 'token';
const MAX_CLUSTER_NAME = 253;

/**
 * How Prometheus reads the metrics of a router: a ServiceMonitor, and, when scrapers must authenticate, who may. The token that
 * Prometheus sends belongs to an account of its own, which may read `/metrics` and nothing else.
 */
export class RouterMetrics extends Construct {
  readonly serviceMonitor: ServiceMonitor | undefined;
  /** Lets the router ask the API server who a scraper is. */
  readonly reviewerRole: ClusterRole | undefined;
  readonly reviewerBinding: ClusterRoleBinding | undefined;
  /** Who Prometheus is for this router. */
  readonly readerAccount: ServiceAccount | undefined;
  readonly readerToken: Secret | undefined;
  readonly readerRole: ClusterRole | undefined;
  readonly readerBinding: ClusterRoleBinding | undefined;

  constructor(scope: Construct, id: string, props: RouterMetricsProps) {
    super(scope, id);
    const { name, namespace, labels } = props;
    const readerName = objectName([name, 'metrics'], 63);
    if (props.auth) {
      ensure(namespace !== undefined, 'LLMD547', {});
      const metadata = { name: objectName([name, namespace], MAX_CLUSTER_NAME), labels: { ...labels } };
      this.reviewerRole = new ClusterRole(this, 'ReviewerRole', {
        metadata,
        rules: [
          { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
          { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] },
        ],
      });
      this.reviewerBinding = bind(this, 'ReviewerBinding', metadata, { name: props.serviceAccount.name, namespace });
    }
    if (props.auth && props.monitoring && namespace !== undefined) {
      const metadata = { name: readerName, namespace, labels: { ...labels } };
      const clusterMetadata = { name: objectName([readerName, namespace], MAX_CLUSTER_NAME), labels: { ...labels } };
      this.readerAccount = new ServiceAccount(this, 'Reader', { metadata, automountToken: false });
      this.readerToken = new Secret(this, 'ReaderToken', {
        metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': readerName } },
        type: 'kubernetes.io/service-account-token',
      });
      this.readerToken.node.addDependency(this.readerAccount);
      this.readerRole = new ClusterRole(this, 'ReaderRole', {
        metadata: clusterMetadata,
        rules: [{ verbs: ['get'], nonResourceURLs: [PATH] }],
      });
      this.readerBinding = bind(this, 'ReaderBinding', clusterMetadata, { name: readerName, namespace });
    }
    if (props.monitoring) {
      const interval = `${secondsOf('scrapeInterval', props.interval ?? Duration.seconds(10), 1)}s`;
      const authorization = props.auth ? { authorization: { credentials: { name: readerName, key: TOKEN_KEY } } } : {};
      this.serviceMonitor = new ServiceMonitor(this, 'ServiceMonitor', {
        metadata: { name: `${name}-monitor`, namespace, labels: { ...labels, ...props.monitorLabels } },
        spec: {
          selector: { matchLabels: { [NAME_LABEL]: name } },
          endpoints: [{ port: 'http-metrics', path: PATH, interval, ...authorization }],
          jobLabel: NAME_LABEL,
        },
      });
    }
  }
}

/** Binds the ClusterRole of the same name to an account. */
function bind(
  scope: Construct,
  id: string,
  metadata: { readonly name: string; readonly labels: Record<string, string> },
  account: { readonly name: string; readonly namespace: string },
): ClusterRoleBinding {
  return new ClusterRoleBinding(scope, id, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
}
