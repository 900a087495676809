/**
 * What the rules read of a gateway. Plain data, types only.
 */
import type { GatewayListener, RouteAdmission } from './gateway-listener';

/** Which requests a route takes, in a form that can be compared. */
export interface RouteMatchPlan {
  readonly hostname: string | undefined;
  /** Without a slash at the end, `/` excepted. */
  readonly pathPrefix: string;
  /** By name in lower case; the header of the model's name is one of them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One InferencePool and its router. */
export interface PoolPlan {
  /** Construct path of the `ModelRoute`. */
  readonly path: string;
  /** Construct path of the servers. */
  readonly servers: string;
  /** `metadata.name` of the pool. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Labels by which the pool selects its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  /** Name under which clients ask for the model. */
  readonly modelName: string;
  /** Share of the requests, among the pools of one route. */
  readonly weight: number;
}

/** One route: a model, or a split of several pools. */
export interface RoutePlan {
  /** Construct path of the `ModelRoute` or `SplitRoute`. */
  readonly path: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** Undefined in standalone mode: the model has an endpoint of its own. */
  readonly match: RouteMatchPlan | undefined;
  /** Listener to which it is bound; undefined for all. */
  readonly listener: string | undefined;
  readonly pools: readonly PoolPlan[];
  /** Base URL for clients inside the cluster; undefined while only the status of the Gateway has it. */
  readonly endpoint: string | undefined;
}

/** An `InferenceGateway`. */
export interface GatewayPlan {
  /** Construct path. */
  readonly path: string;
  readonly provider: string;
  readonly standalone: boolean;
  /** `metadata.name` of the Gateway; the construct's id in standalone mode. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** True when the Gateway is not written by this construct. */
  readonly existing: boolean;
  readonly listeners: readonly GatewayListener[];
  readonly admission: RouteAdmission;
  readonly routes: readonly RoutePlan[];
}
