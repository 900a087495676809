import type { Duration } from 'cdk8s';
import type { InferenceRouterOptions } from '../router/router-props';
import type { RoutingStrategy } from '../routing/routing-strategy';
import type { IModelServers } from '../servers/model-servers';
import type { RouteMatch } from './route-match';

/** What each pool of a gateway takes. */
export interface PoolOptions {
  /**
   * How the router chooses a server for each request.
   * @default - by the roles of the servers (`RoutingStrategy.defaultFor`)
   */
  readonly routing?: RoutingStrategy;
  /**
   * The router itself: image, replicas, resources, flags, objectives, and what a gateway does while it cannot be asked
   * (`failureMode`, by default `FailOpen` as in the guides: requests are spread at random).
   * @default - one replica of the bundled router
   */
  readonly router?: InferenceRouterOptions;
  /**
   * Name of the HTTPRoute and id of the construct. Pool and router are named after the servers.
   * @default - the name of the servers
   */
  readonly name?: string;
}

/** What each route of a gateway takes; all of it needs a Gateway. */
export interface RouteOptions {
  /**
   * Which requests it takes. Several models behind one Gateway need one each.
   * @default - every request
   */
  readonly match?: RouteMatch;
  /**
   * Longest time from request to the last token; longer streams are cut. Never a good default for generation.
   * @default - no limit; on GKE one day
   */
  readonly requestTimeout?: Duration;
  /**
   * Name of the one listener that takes its requests.
   * @default - every listener of the Gateway
   */
  readonly listener?: string;
}

/** Options of {@link InferenceGateway.addModel}. */
export interface ModelRouteOptions extends PoolOptions, RouteOptions {}

/** One pool of a split and its share. */
export interface SplitMember extends PoolOptions {
  readonly servers: IModelServers;
  /** Share of the requests, relative to the sum of all weights; 0 sends none. */
  readonly weight: number;
}

/** Options of {@link InferenceGateway.addSplit}. */
export interface SplitOptions extends RouteOptions {
  /**
   * Name of the HTTPRoute.
   * @default - that of the first member
   */
  readonly name?: string;
}
