import { type ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Cluster } from '../cluster/cluster';
import { constructName } from '../manifests/construct-name';
import { Gateway } from '../manifests/gateway';
import { objectLabels } from '../manifests/object-labels';
import { ReferenceGrant } from '../manifests/reference-grant';
import type { IModelServers } from '../servers/model-servers';
import { checkOneOf, textOf } from '../util/check';
import { checkAnnotations, checkLabels, checkNamespace, checkReference, MAX_LABEL_LENGTH, MAX_NAME_LENGTH, objectName } from '../util/dns';
import { checkProps, propsAt, propsBelow } from '../util/props';
import { atPath, ensure } from '../validation/error';
import type { Finding } from '../validation/findings';
import { contribute } from '../validation/registry';
import { NameStyle } from '../values/name-style';
import { GATEWAY_GROUP } from './api-groups';
import { checkAdmission, type GatewayBinding, namespaceOf } from './gateway-binding';
import { checkListeners, type GatewayListener, type RouteAdmission, renderListener } from './gateway-listener';
import { GatewayProvider } from './gateway-provider';
import { checkGateway } from './gateway-rules';
import { grantName } from './grant-name';
import {
  EXISTING_OPTIONS,
  EXISTING_PROPS,
  type ExistingGatewayOptions,
  GATEWAY_ONLY,
  GATEWAY_PROPS,
  type InferenceGatewayProps,
  WRITTEN_ONLY,
} from './inference-gateway-props';
import { ModelRoute } from './model-route';
import type { ModelRouteOptions, SplitMember, SplitOptions } from './model-route-options';
import type { GatewayPlan } from './plan';
import type { ProviderTraits } from './provider-traits';
import { MODEL_ROUTE_PROPS, SPLIT_MEMBER_PROPS, SPLIT_PROPS } from './route-props';
import { SplitRoute } from './split-route';

/**
 * The entrance to one or more models. With a provider of the Gateway API it writes a Gateway, and each model added to it gets an
 * HTTPRoute; without one each model gets an Envoy beside its router and an endpoint of its own.
 */
export class InferenceGateway extends Construct {
  /** Routes through a Gateway that someone else has written, e.g. the platform's. */
  static fromExisting(scope: Construct, id: string, options: ExistingGatewayOptions): InferenceGateway {
    const { name, namespace, ...rest } = propsBelow(scope, id, 'InferenceGateway.fromExisting', options, EXISTING_OPTIONS);
    return new InferenceGateway(scope, id, { ...rest, existing: { name, ...(namespace === undefined ? {} : { namespace }) } });
  }

  readonly provider: GatewayProvider;
  /** Undefined in standalone mode and for an existing Gateway. */
  readonly gateway: Gateway | undefined;
  /** Settings of the Gateway's proxy: ConfigMap, AgentgatewayParameters or EnvoyProxy; undefined when the provider has none. */
  readonly parameters: ApiObject | undefined;
  /** What points to the Gateway: Telemetry, ClientTrafficPolicy, GatewayClass. */
  readonly policies: readonly ApiObject[];
  /** One for each other namespace that holds a certificate, with `grantCertificates`. */
  readonly grants: readonly ReferenceGrant[];
  private readonly binding: GatewayBinding;
  private readonly added: (ModelRoute | SplitRoute)[] = [];

  constructor(scope: Construct, id: string, props: InferenceGatewayProps = {}) {
    super(scope, id);
    const given = propsAt(this, 'InferenceGateway', props, GATEWAY_PROPS, new.target !== InferenceGateway);
    this.provider = given.provider ?? GatewayProvider.standaloneEnvoy();
    atPath(this.node.path, () =>
      ensure(this.provider.standalone !== undefined, 'LLMD107', {
        prop: 'provider',
        given: String(this.provider),
        allowed: 'make it by GatewayProvider, e.g. GatewayProvider.istio()',
      }),
    );
    const { traits } = this.provider;
    const written = traits !== undefined && given.existing === undefined;
    atPath(this.node.path, () => this.checkGiven(given));
    const namespace = given.existing?.namespace ?? given.namespace ?? Chart.of(this).namespace;
    const ownName = constructName(this, NameStyle.of(this).kind, MAX_NAME_LENGTH);
    const name = atPath(this.node.path, () => gatewayName(ownName, namespace, given, traits));
    const clusterDomain = Cluster.of(this).clusterDomain;
    const listeners = given.listeners ?? (written ? traits.listeners(name) : []);
    const admission = admissionOf(given);
    if (written) {
      atPath(this.node.path, () => checkListeners(listeners));
    }
    const common = objectLabels(this, name);
    const context = { scope: this, name, namespace, labels: common, clusterDomain };
    const parameters = written ? traits.parameters?.(context) : undefined;
    this.parameters = parameters?.object;
    this.gateway = written
      ? new Gateway(this, 'Gateway', {
          metadata: {
            name,
            namespace,
            labels: { ...common, ...traits.labels, ...given.labels },
            annotations: { ...traits.annotations, ...given.annotations },
          },
          spec: {
            gatewayClassName: traits.gatewayClassName,
            listeners: listeners.map((listener) => renderListener(listener, admission)),
            infrastructure: infrastructureOf(parameters?.reference ?? traits.reference),
          },
        })
      : undefined;
    this.policies = written ? (traits.policies?.(context) ?? []) : [];
    this.grants = given.grantCertificates === true ? this.grantCertificates(name, namespace, listeners) : [];
    this.order();
    this.binding = {
      provider: this.provider,
      name,
      namespace,
      clusterDomain,
      listeners,
      admission,
      existing: given.existing !== undefined,
      address: given.address,
      gateway: this.gateway,
    };
    contribute(this, { gateway: () => this.plan, findings: () => this.findings });
  }

  /** The routes in the order in which they were added. */
  get routes(): readonly (ModelRoute | SplitRoute)[] {
    return [...this.added];
  }

  /** What is wrong or doubtful between its routes; errors among them fail the synth. */
  get findings(): readonly Finding[] {
    return checkGateway(this.plan);
  }

  /** What it is, for rules; it grows with each model. */
  get plan(): GatewayPlan {
    const { name, namespace, existing, listeners, admission } = this.binding;
    return {
      path: this.node.path,
      provider: this.provider.name,
      standalone: this.provider.standalone,
      name,
      namespace,
      existing,
      listeners,
      admission,
      routes: this.added.map((route) => route.plan),
    };
  }

  /**
   * Sends requests to a model: writes its InferencePool and router and, behind a Gateway, its HTTPRoute. The pool selects exactly
   * the pods of `servers` and lives in their namespace.
   */
  addModel(servers: IModelServers, options: ModelRouteOptions = {}): ModelRoute {
    atPath(this.node.path, () => checkServers(servers));
    const given = propsAt(this, '`addModel`', options, MODEL_ROUTE_PROPS);
    const name = given.name ?? servers.plan.name;
    atPath(this.node.path, () => {
      this.checkNew(name, [servers]);
      this.checkRouteOptions(given);
    });
    const route = new ModelRoute(this, name, { ...given, servers, binding: this.binding });
    this.added.push(route);
    return route;
  }

  /**
   * Shares the requests among several pools by weight, e.g. 90 to the old servers and 10 to the new ones. Needs a Gateway: the
   * Envoy of standalone mode knows one pool only.
   */
  addSplit(members: readonly SplitMember[], options: SplitOptions = {}): SplitRoute {
    const shares = atPath(this.node.path, () => checkShares(members));
    const given = propsAt(this, '`addSplit`', options, SPLIT_PROPS);
    const [first] = shares;
    const name = given.name ?? first?.name ?? first?.servers.plan.name ?? '';
    atPath(this.node.path, () => {
      ensure(!this.provider.standalone, 'LLMD603', { prop: 'addSplit', gateway: this.node.id });
      ensure(first !== undefined, 'LLMD604', { name, members: 0, sum: 0 });
      this.checkNew(
        name,
        shares.map(({ servers }) => servers),
      );
      this.checkMembers(shares);
    });
    const route = new SplitRoute(this, name, { ...given, name, members: shares, binding: this.binding });
    this.added.push(route);
    return route;
  }

  private checkGiven(props: InferenceGatewayProps): void {
    for (const prop of GATEWAY_ONLY) {
      ensure(props[prop] === undefined || !this.provider.standalone, 'LLMD603', { prop, gateway: this.node.id });
    }
    for (const prop of WRITTEN_ONLY) {
      ensure(props[prop] === undefined || props.existing === undefined, 'LLMD608', { prop, gateway: props.existing?.name ?? '' });
    }
    ensure(props.allowedNamespaces === undefined || props.namespaceLabels === undefined, 'LLMD106', {
      first: 'allowedNamespaces',
      second: 'namespaceLabels',
      change: 'keep `namespaceLabels` to admit some namespaces, `allowedNamespaces` to admit all or none but its own',
    });
    checkLabels({ ...props.labels, ...props.namespaceLabels });
    checkAnnotations('annotations', props.annotations ?? {});
    checkNamespace('namespace', props.namespace);
    checkNamespace('existing.namespace', props.existing?.namespace);
    if (props.existing !== undefined) {
      checkProps('`existing`', props.existing, EXISTING_PROPS);
    }
    ensure(props.existing === undefined || Boolean(props.existing.name), 'LLMD105', { prop: 'existing.name', change: 'name the Gateway' });
    checkReference('existing.name', props.existing?.name);
    checkOneOf('allowedNamespaces', props.allowedNamespaces, ['Same', 'All']);
  }

  private checkNew(name: string, servers: readonly IModelServers[]): void {
    const gateway = this.node.id;
    const known = new Set(this.added.flatMap(({ plan }) => plan.pools.map((pool) => pool.servers)));
    for (const { plan } of servers) {
      ensure(!known.has(plan.path), 'LLMD601', { servers: plan.name, gateway });
      known.add(plan.path);
      if (!this.provider.standalone) {
        checkAdmission(this.binding, namespaceOf(this, plan));
      }
    }
    ensure(this.node.tryFindChild(name) === undefined, 'LLMD602', { name, gateway });
    // The HTTPRoute carries the name, and behind another provider a route without one would.
    objectName([name], MAX_LABEL_LENGTH);
  }

  private checkMembers(members: readonly SplitMember[]): void {
    const names = members.map((member) => member.name ?? member.servers.plan.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    ensure(twice === undefined, 'LLMD602', { name: twice ?? '', gateway: this.node.id });
  }

  private checkRouteOptions(options: ModelRouteOptions): void {
    for (const prop of ['match', 'requestTimeout', 'listener'] as const) {
      ensure(options[prop] === undefined || !this.provider.standalone, 'LLMD603', { prop, gateway: this.node.id });
    }
  }

  private grantCertificates(name: string, namespace: string | undefined, listeners: readonly GatewayListener[]): readonly ReferenceGrant[] {
    const refs = listeners.flatMap(({ certificateRefs }) => certificateRefs ?? []);
    const foreign = [...new Set(refs.map((ref) => ref.namespace))].filter((at) => at !== undefined && at !== namespace);
    return foreign.map(
      (at, index) =>
        new ReferenceGrant(this, `Grant${index}`, {
          metadata: { name: grantName(`${name}-certificates`, foreign, index), namespace: at, labels: objectLabels(this, name) },
          spec: {
            from: [{ group: GATEWAY_GROUP, kind: 'Gateway', namespace: namespace ?? '' }],
            to: refs.filter((ref) => ref.namespace === at).map((ref) => ({ group: '', kind: 'Secret', name: ref.name })),
          },
        }),
    );
  }

  private order(): void {
    const { gateway, parameters } = this;
    if (gateway === undefined) {
      return;
    }
    // A proxy is made as soon as its Gateway is seen: settings that come later would restart it.
    gateway.node.addDependency(...(parameters === undefined ? [] : [parameters]), ...this.grants);
    for (const policy of this.policies) {
      if (policy.kind === 'GatewayClass') {
        gateway.node.addDependency(policy);
      } else {
        policy.node.addDependency(gateway);
      }
    }
  }
}

/** The members of a split; throws LLMD107 or LLMD109 for what is none. */
function checkShares(members: readonly SplitMember[]): readonly SplitMember[] {
  ensure(Array.isArray(members), 'LLMD107', { prop: 'members', given: textOf(members), allowed: 'give a list of servers and weights' });
  return members.map((member: SplitMember) => {
    const given = checkProps('a member of `addSplit`', member, SPLIT_MEMBER_PROPS);
    checkServers(given.servers);
    return given;
  });
}

function checkServers(servers: IModelServers | undefined): void {
  ensure(servers?.plan !== undefined, 'LLMD107', {
    prop: 'servers',
    given: String(servers),
    allowed: 'give a ModelServing, a PrefillDecodePair or a WideEPGroup',
  });
}

/** The controller's Service is named after the Gateway, and the sum must stay a DNS label. */
function gatewayName(id: string, namespace: string | undefined, props: InferenceGatewayProps, traits: ProviderTraits | undefined): string {
  if (props.existing !== undefined) {
    return props.existing.name;
  }
  const name = props.name ?? id;
  const service = traits?.service?.(name, namespace).name ?? name;
  return objectName([name], MAX_LABEL_LENGTH - Math.max(0, service.length - name.length));
}

function admissionOf(props: InferenceGatewayProps): RouteAdmission {
  const labels = props.namespaceLabels;
  return labels === undefined ? { from: props.allowedNamespaces ?? 'Same', labels: {} } : { from: 'Selector', labels };
}

function infrastructureOf(reference: ProviderTraits['reference']) {
  return reference === undefined ? undefined : { parametersRef: reference };
}
