import type { PropTable } from '../util/props';
import type { ModelRouteOptions, PoolOptions, RouteOptions, SplitMember, SplitOptions } from './model-route-options';

const POOL: PropTable<PoolOptions> = { routing: 'value', router: 'record', name: 'text' };
const ROUTE: PropTable<RouteOptions> = { match: 'record', requestTimeout: 'value', listener: 'text' };

/** All options of `addModel`. */
export const MODEL_ROUTE_PROPS: PropTable<ModelRouteOptions> = { ...POOL, ...ROUTE };
/** All props of a member of a split. */
export const SPLIT_MEMBER_PROPS: PropTable<SplitMember> = { ...POOL, servers: 'value', weight: 'value' };
/** All options of `addSplit`. */
export const SPLIT_PROPS: PropTable<SplitOptions> = { ...ROUTE, name: 'text' };
