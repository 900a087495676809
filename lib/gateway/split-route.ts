import { Construct } from 'constructs';
import { HttpRoute } from '../manifests/http-route';
import { objectLabels } from '../manifests/object-labels';
import { ReferenceGrant } from '../manifests/reference-grant';
import { checkInteger } from '../util/check';
import { objectName } from '../util/dns';
import { atPath, ensure } from '../validation/error';
import { GATEWAY_GROUP, INFERENCE_GROUP } from './api-groups';
import { checkListener, endpointAt, endpointOf, type GatewayBinding, isForeign, knownEndpoint } from './gateway-binding';
import { grantName } from './grant-name';
import { ModelRoute } from './model-route';
import type { SplitMember, SplitOptions } from './model-route-options';
import type { PoolPlan, RoutePlan } from './plan';
import { renderRoute } from './render-route';
import { planMatch } from './route-match';

/** Largest weight of a backend (Gateway API). */
const MAX_WEIGHT = 1_000_000;

/** Fields of a {@link SplitRoute}. */
export interface SplitRouteProps extends SplitOptions {
  /** Name of the HTTPRoute. */
  readonly name: string;
  readonly members: readonly SplitMember[];
  /** The gateway, as its routes see it. */
  readonly binding: GatewayBinding;
}

/**
 * One route over several pools, each with a router of its own: a blue-green change or a canary. The proxy draws a pool for each
 * request by the weights; the router of that pool then chooses the server. Made by {@link InferenceGateway.addSplit}.
 */
export class SplitRoute extends Construct {
  /** Pools and routers, in the order of the members. */
  readonly members: readonly ModelRoute[];
  /** In the namespace of the first member. */
  readonly route: HttpRoute;
  /** One for each other namespace that has members: it lets the route refer to their pools. */
  readonly grants: readonly ReferenceGrant[];
  /** What it is, for rules. */
  readonly plan: RoutePlan;
  private readonly binding: GatewayBinding;

  constructor(scope: Construct, id: string, props: SplitRouteProps) {
    super(scope, id);
    const { binding, members, listener, requestTimeout } = props;
    this.binding = binding;
    const name = atPath(this.node.path, () => {
      checkWeights(props.name, members);
      checkListener(binding, props.name, listener);
      return objectName([props.name]);
    });
    const match = atPath(this.node.path, () => planMatch(props.match));
    this.members = members.map(
      (member) => new ModelRoute(this, member.name ?? member.servers.plan.name, { ...member, requestTimeout, binding }),
    );
    const pools = this.members.flatMap((member) => member.plan.pools);
    const namespace = pools[0]?.namespace;
    this.grants = this.grant(name, namespace, pools);
    this.route = new HttpRoute(this, 'Route', {
      metadata: { name, namespace, labels: objectLabels(this, name) },
      spec: renderRoute({ binding, namespace, listener, match, requestTimeout, pools }),
    });
    const { gateway } = binding;
    this.route.node.addDependency(...this.members, ...this.grants, ...(gateway === undefined ? [] : [gateway]));
    this.plan = { path: this.node.path, name, namespace, match, listener, pools, endpoint: endpointOf(binding, match, listener) };
  }

  /** Base URL for clients inside the cluster, as {@link ModelRoute.endpoint}. */
  get endpoint(): string {
    return knownEndpoint(this.binding, this.plan.endpoint);
  }

  /** Base URL for clients that reach the Gateway at `address`, as {@link ModelRoute.endpointAt}. */
  endpointAt(address: string): string {
    return endpointAt(address, this.binding, this.plan);
  }

  private grant(name: string, from: string | undefined, pools: readonly PoolPlan[]): readonly ReferenceGrant[] {
    const route = { binding: this.binding, namespace: from };
    const foreign = [...new Set(pools.map(({ namespace }) => namespace))].filter((namespace) => isForeign(namespace, route));
    return foreign.map((namespace, index) => {
      const own = pools.filter((pool) => pool.namespace === namespace);
      return new ReferenceGrant(this, `Grant${index}`, {
        metadata: { name: grantName(`${name}-pools`, foreign, index), namespace, labels: objectLabels(this, name) },
        spec: {
          from: [{ group: GATEWAY_GROUP, kind: 'HTTPRoute', namespace: from ?? '' }],
          to: own.map((pool) => ({ group: INFERENCE_GROUP, kind: 'InferencePool', name: pool.name })),
        },
      });
    });
  }
}

function checkWeights(name: string, members: readonly SplitMember[]): void {
  for (const { weight } of members) {
    checkInteger('weight', weight, 0, MAX_WEIGHT);
  }
  const sum = members.reduce((total, { weight }) => total + weight, 0);
  ensure(sum > 0, 'LLMD604', { name, members: members.length, sum });
}
