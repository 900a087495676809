import type { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { HttpRoute } from '../manifests/http-route';
import type { InferenceObjective } from '../manifests/inference-objective';
import type { InferencePool } from '../manifests/inference-pool';
import { objectLabels } from '../manifests/object-labels';
import { InferenceRouter } from '../router/inference-router';
import { ENVOY_PORTS } from '../router/ports';
import type { IModelServers } from '../servers/model-servers';
import { MAX_LABEL_LENGTH, objectName } from '../util/dns';
import { atPath, ensure } from '../validation/error';
import { checkListener, endpointAt, endpointOf, type GatewayBinding, knownEndpoint, namespaceOf } from './gateway-binding';
import type { ModelRouteOptions } from './model-route-options';
import type { PoolPlan, RouteMatchPlan, RoutePlan } from './plan';
import { serviceHost } from './provider-traits';
import { renderRoute } from './render-route';
import { planMatch } from './route-match';

/** Most target ports of an InferencePool (its CRD). */
const MAX_TARGET_PORTS = 8;

/** Fields of a {@link ModelRoute}. */
export interface ModelRouteProps extends ModelRouteOptions {
  /** What serves the model. */
  readonly servers: IModelServers;
  /** The gateway, as its routes see it. */
  readonly binding: GatewayBinding;
  /**
   * Share of the requests when an HTTPRoute of its own is not written, because a split has one for all.
   * @default - it has an HTTPRoute of its own
   */
  readonly weight?: number;
}

/**
 * The way of requests to one model: InferencePool, router and, behind a Gateway, HTTPRoute, all in the namespace of the servers
 * and with the servers' own labels and ports. Made by {@link InferenceGateway.addModel}.
 */
export class ModelRoute extends Construct {
  /** The router (endpoint picker): Deployment, Service, configuration, permissions, pool. */
  readonly router: InferenceRouter;
  /** The pods of the model and who chooses among them; undefined when the router selects pods by labels (standalone mode only). */
  readonly pool: InferencePool | undefined;
  /** Undefined in standalone mode and for the members of a split. */
  readonly route: HttpRoute | undefined;
  /** What the provider needs besides: an Istio DestinationRule, GKE policies. */
  readonly sideObjects: readonly ApiObject[];
  /** One a class of requests, in the order of `router.objectives`. */
  readonly objectives: readonly InferenceObjective[];
  /** What it is, for rules. */
  readonly plan: RoutePlan;
  private readonly binding: GatewayBinding;

  constructor(scope: Construct, id: string, props: ModelRouteProps) {
    super(scope, id);
    const { binding, servers } = props;
    const { provider } = binding;
    this.binding = binding;
    const pool = atPath(this.node.path, () => this.planPool(props));
    const match = provider.standalone ? undefined : atPath(this.node.path, () => planMatch(props.match));
    this.router = new InferenceRouter(this, 'Router', {
      ...props.router,
      servers: servers.plan,
      ...(props.routing === undefined ? {} : { strategy: props.routing }),
      ...(provider.envoy === undefined ? {} : { proxy: provider.envoy }),
    });
    this.pool = this.router.pool;
    this.orderRouter();
    this.objectives = this.router.objectives;
    const objects = () =>
      provider.traits?.poolObjects?.({
        scope: this,
        name: pool.name,
        namespace: pool.namespace,
        // Like the pool's own.
        labels: objectLabels(this, this.router.plan.name),
        clusterDomain: binding.clusterDomain,
        routerService: this.router.service.name,
        routerTls: this.router.plan.secureServing,
        targetPorts: pool.ports,
        requestTimeout: props.requestTimeout,
      }) ?? [];
    this.sideObjects = atPath(this.node.path, objects);
    const own = match !== undefined && props.weight === undefined;
    this.route = own ? this.writeRoute(props, pool, match) : undefined;
    this.plan = this.planRoute(props, pool, match);
  }

  /**
   * Base URL for clients inside the cluster, to which `/v1/…` is appended. Throws LLMD607 where only the status of the Gateway has
   * the address (GKE).
   */
  get endpoint(): string {
    return knownEndpoint(this.binding, this.plan.endpoint);
  }

  /**
   * Base URL for clients that reach the Gateway at `address`, a host name or an IP: what only the status of the Gateway tells. A route
   * whose `endpoint` is known has that one.
   */
  endpointAt(address: string): string {
    return endpointAt(address, this.binding, this.plan);
  }

  private planPool(props: ModelRouteProps): PoolPlan {
    const { path, name, poolLabels, targetPorts, model } = props.servers.plan;
    const namespace = namespaceOf(this, props.servers.plan);
    const count = targetPorts.length;
    const legal = count >= 1 && count <= MAX_TARGET_PORTS && new Set(targetPorts).size === count;
    ensure(legal, 'LLMD605', { servers: name, ports: targetPorts.join(', ') });
    const needsPool = !this.binding.provider.standalone;
    ensure(!needsPool || props.router?.mode !== 'selector', 'LLMD616', { servers: name });
    const weight = props.weight ?? 1;
    return {
      path: this.node.path,
      servers: path,
      name,
      namespace,
      labels: poolLabels,
      ports: targetPorts,
      modelName: model.servedName,
      weight,
    };
  }

  /**
   * The router answers no probe before it has seen its pool, so the pool is applied first: whoever waits for each object to be
   * ready would wait for ever otherwise. What the pod mounts, and what it may read, comes first too.
   */
  private orderRouter(): void {
    const { deployment, pool, configMap, roleBinding, role, serviceAccount, envoy, latencyPredictor } = this.router;
    const before: readonly (IConstruct | undefined)[] = [pool, configMap, roleBinding, envoy, latencyPredictor];
    deployment.node.addDependency(...before.filter((construct) => construct !== undefined));
    roleBinding.node.addDependency(role, serviceAccount);
  }

  /** Last of all: a Gateway that knows the route before the router is ready answers errors, and the route needs the Gateway. */
  private writeRoute(props: ModelRouteProps, pool: PoolPlan, match: RouteMatchPlan): HttpRoute {
    const { binding, listener, requestTimeout } = props;
    const { namespace } = pool;
    const name = atPath(this.node.path, () => {
      checkListener(binding, this.node.id, listener);
      return objectName([this.node.id], MAX_LABEL_LENGTH);
    });
    const spec = renderRoute({ binding, namespace, listener, match, requestTimeout, pools: [pool] });
    const route = new HttpRoute(this, 'Route', { metadata: { name, namespace, labels: objectLabels(this, name) }, spec });
    route.node.addDependency(this.router, ...this.sideObjects, ...(binding.gateway === undefined ? [] : [binding.gateway]));
    return route;
  }

  private planRoute(props: ModelRouteProps, pool: PoolPlan, match: RouteMatchPlan | undefined): RoutePlan {
    const { binding, router } = this;
    const { listener } = props;
    const { namespace } = pool;
    const host = serviceHost({ name: router.service.name, namespace }, binding.clusterDomain);
    const port = ENVOY_PORTS.service === 80 ? '' : `:${ENVOY_PORTS.service}`;
    const endpoint = match === undefined ? `http://${host}${port}` : endpointOf(binding, match, listener);
    return { path: this.node.path, name: this.node.id, namespace, match, listener, pools: [pool], endpoint };
  }
}
