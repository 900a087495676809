import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { HttpRoute } from '../manifests/http-route';
import { InferenceObjective } from '../manifests/inference-objective';
import { InferencePool } from '../manifests/inference-pool';
import { InferenceRouter } from '../router/inference-router';
import { ENVOY_PORTS, ROUTER_PORTS } from '../router/ports';
import { RoutingStrategy } from '../routing/routing-strategy';
import type { IModelServers } from '../servers/model-servers';
import { objectName } from '../util/dns';
import { atPath, ensure } from '../validation/error';
import { INFERENCE_GROUP } from './api-groups';
import { checkListener, endpointOf, type GatewayBinding, knownEndpoint } from './gateway-binding';
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
  /** The pods of the model, and the router that chooses among them. */
  readonly pool: InferencePool;
  /** The router (endpoint picker): Deployment, Service, configuration, permissions. */
  readonly router: InferenceRouter;
  /** Undefined in standalone mode and for the members of a split. */
  readonly route: HttpRoute | undefined;
  /** What the provider needs besides: an Istio DestinationRule, GKE policies. */
  readonly sideObjects: readonly ApiObject[];
  /** One a class of requests. */
  readonly objectives: readonly InferenceObjective[];
  /** What it is, for rules. */
  readonly plan: RoutePlan;
  private readonly binding: GatewayBinding;

  constructor(scope: Construct, id: string, props: ModelRouteProps) {
    super(scope, id);
    const { binding } = props;
    const servers = props.servers.plan;
    this.binding = binding;
    const pool = atPath(this.node.path, () => this.planPool(props));
    const match = binding.provider.standalone ? undefined : atPath(this.node.path, () => planMatch(props.match));
    const metadata = { name: pool.name, namespace: pool.namespace };

    this.router = new InferenceRouter(this, 'Router', {
      ...props.router,
      servers,
      poolName: pool.name,
      routing: props.routing ?? RoutingStrategy.defaultFor(servers),
      envoySidecar: binding.provider.standalone,
    });
    this.pool = new InferencePool(this, 'Pool', {
      metadata,
      spec: {
        selector: { matchLabels: pool.labels },
        targetPorts: pool.ports.map((number) => ({ number })),
        appProtocol: 'http',
        endpointPickerRef: {
          name: this.router.service.name,
          port: { number: ROUTER_PORTS.extProc },
          failureMode: props.failureMode ?? 'FailOpen',
        },
      },
    });
    this.objectives = (props.objectives ?? []).map(
      ({ name, priority }) =>
        new InferenceObjective(this, `Objective-${name}`, {
          metadata: { name, namespace: pool.namespace },
          spec: { priority, poolRef: { group: INFERENCE_GROUP, name: pool.name } },
        }),
    );
    this.sideObjects =
      binding.provider.traits?.poolObjects?.({
        scope: this,
        name: pool.name,
        namespace: pool.namespace,
        clusterDomain: binding.clusterDomain,
        routerService: this.router.service.name,
        targetPorts: pool.ports,
        requestTimeout: props.requestTimeout,
      }) ?? [];
    const own = match !== undefined && props.weight === undefined;
    this.route = own ? this.writeRoute(props, pool, match) : undefined;
    this.order();
    this.plan = this.planRoute(props, pool, match);
  }

  /**
   * Base URL for clients inside the cluster, to which `/v1/…` is appended. Throws LLMD607 where only the status of the Gateway has
   * the address (GKE).
   */
  get endpoint(): string {
    return knownEndpoint(this.binding, this.plan.endpoint);
  }

  private planPool(props: ModelRouteProps): PoolPlan {
    const { path, name, namespace, poolLabels, targetPorts, model } = props.servers.plan;
    const count = targetPorts.length;
    const legal = count >= 1 && count <= MAX_TARGET_PORTS && new Set(targetPorts).size === count;
    ensure(legal, 'LLMD605', { servers: name, ports: targetPorts.join(', ') });
    return {
      path: this.node.path,
      servers: path,
      name: objectName([props.name ?? name]),
      namespace,
      labels: poolLabels,
      ports: targetPorts,
      modelName: model.servedName,
      weight: props.weight ?? 1,
    };
  }

  private writeRoute(props: ModelRouteProps, pool: PoolPlan, match: RouteMatchPlan): HttpRoute {
    const { binding, listener, requestTimeout } = props;
    atPath(this.node.path, () => checkListener(binding, pool.name, listener));
    return new HttpRoute(this, 'Route', {
      metadata: { name: pool.name, namespace: pool.namespace },
      spec: renderRoute({ binding, namespace: pool.namespace, listener, match, requestTimeout, pools: [pool] }),
    });
  }

  /**
   * The router answers no probe before it has seen its pool, so the pool is applied first: a deployment that waits for each object
   * to be ready would wait for ever otherwise. Requests come last.
   */
  private order(): void {
    this.router.node.addDependency(this.pool);
    for (const object of [...this.objectives, ...this.sideObjects]) {
      object.node.addDependency(this.pool);
    }
    const { gateway } = this.binding;
    this.route?.node.addDependency(this.router, ...this.sideObjects, ...(gateway === undefined ? [] : [gateway]));
  }

  private planRoute(props: ModelRouteProps, pool: PoolPlan, match: RouteMatchPlan | undefined): RoutePlan {
    const { name, namespace } = pool;
    const router = serviceHost({ name: this.router.service.name, namespace }, this.binding.clusterDomain);
    const standalone = `http://${router}${ENVOY_PORTS.service === 80 ? '' : `:${ENVOY_PORTS.service}`}`;
    const endpoint = match === undefined ? standalone : endpointOf(this.binding, match, props.listener);
    return { path: this.node.path, name, namespace, match, listener: props.listener, pools: [pool], endpoint };
  }
}
