import type { PropTable } from '../util/props';
import type { GatewayListener } from './gateway-listener';
import type { GatewayProvider } from './gateway-provider';

/** A Gateway that exists already. */
export interface ExistingGateway {
  readonly name: string;
  /**
   * Namespace of the Gateway.
   * @default - that of the chart
   */
  readonly namespace?: string;
}

/** Options of {@link InferenceGateway}; all but `provider` need a provider of the Gateway API. */
export interface InferenceGatewayProps {
  /**
   * Who carries the requests.
   * @default - GatewayProvider.standaloneEnvoy(): Envoy beside each router, no Gateway
   */
  readonly provider?: GatewayProvider;
  /**
   * Name of the Gateway; the controller names the proxy's Service after it.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Namespace of the Gateway.
   * @default - that of the chart
   */
  readonly namespace?: string;
  /**
   * Ports on which the Gateway takes requests. For an existing Gateway: which ones it has, for `endpoint` and checks.
   * @default - HTTP on 80; on OpenShift HTTPS on 443
   */
  readonly listeners?: readonly GatewayListener[];
  /**
   * Writes a ReferenceGrant beside each certificate that lies in another namespace, so that the Gateway may read it. The grant is
   * the word of whoever owns that namespace, so it is never written unasked.
   * @default false
   */
  readonly grantCertificates?: boolean;
  /**
   * Whose routes the Gateway admits: those of its own namespace, or everyone's (as the guides do). Any team whose routes are
   * admitted can take requests away from the others.
   * @default 'Same'
   */
  readonly allowedNamespaces?: 'Same' | 'All';
  /**
   * Admits routes of namespaces with these labels.
   * @default - see `allowedNamespaces`
   */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /**
   * Labels of the Gateway, beside those that the provider needs. Istio copies them to the proxy's Deployment, Service and pods.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the Gateway, beside those that the provider needs.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Host name or IP under which clients reach the Gateway; only told in `endpoint`, nothing is configured by it.
   * @default - the Service that the provider's controller makes
   */
  readonly address?: string;
  /**
   * Attaches the routes to a Gateway that someone else has written; none is written here.
   * @default - a Gateway is written
   */
  readonly existing?: ExistingGateway;
}

/** Options of {@link InferenceGateway.fromExisting}. */
export interface ExistingGatewayOptions extends ExistingGateway {
  /** Who implements it: decides which objects each model needs besides its route. */
  readonly provider: GatewayProvider;
  /**
   * Which listeners it has, for `endpoint` and checks.
   * @default - unknown: those that the provider has by default
   */
  readonly listeners?: readonly GatewayListener[];
  /**
   * Host name or IP under which clients reach it.
   * @default - the Service that the provider's controller makes
   */
  readonly address?: string;
}

/** All props of an InferenceGateway. */
export const GATEWAY_PROPS: PropTable<InferenceGatewayProps> = {
  provider: 'value',
  name: 'text',
  namespace: 'text',
  listeners: 'records',
  grantCertificates: 'flag',
  allowedNamespaces: 'value',
  namespaceLabels: 'record',
  labels: 'record',
  annotations: 'record',
  address: 'text',
  existing: 'record',
};

/** All props of a Gateway that exists already. */
export const EXISTING_PROPS: PropTable<ExistingGateway> = { name: 'text', namespace: 'text' };

/** All options of {@link InferenceGateway.fromExisting}. */
export const EXISTING_OPTIONS: PropTable<ExistingGatewayOptions> = {
  ...EXISTING_PROPS,
  provider: 'value',
  listeners: 'records',
  address: 'text',
};

/** Props that act on a Gateway, so not in standalone mode. */
export const GATEWAY_ONLY = [
  'name',
  'namespace',
  'listeners',
  'grantCertificates',
  'allowedNamespaces',
  'namespaceLabels',
  'labels',
  'annotations',
  'address',
  'existing',
] as const satisfies readonly (keyof InferenceGatewayProps)[];

/** Props that act on a Gateway that is written here. */
export const WRITTEN_ONLY = [
  'name',
  'namespace',
  'grantCertificates',
  'allowedNamespaces',
  'namespaceLabels',
  'labels',
  'annotations',
] as const satisfies readonly (keyof InferenceGatewayProps)[];
