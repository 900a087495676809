import * as pulumi from '@pulumi/pulumi';
import type { ApiObject, App } from 'cdk8s';
import type { InferenceGateway, ModelRoute, SplitRoute } from '../index';
import { contributionOf } from '../validation/contribution';
import type { KubernetesResource } from './native-resource';
import { resolveTokens, unknownText } from './output-token';

/** The endpoint of a route; without a value while nobody knows an address of its Gateway. */
export type RouteEndpoint = pulumi.Output<string | undefined>;

/**
 * Base URL of each route below `app`, by construct path. Where only the status of a Gateway has the address, it is read from there, so
 * that routes of a Gateway that was not registered here are absent.
 */
export function endpointsOf(app: App, registered: ReadonlyMap<ApiObject, KubernetesResource>): Record<string, RouteEndpoint> {
  const gateways = app.node.findAll().filter((construct) => contributionOf(construct)?.gateway !== undefined) as InferenceGateway[];
  return Object.fromEntries(
    gateways.flatMap(({ routes, gateway }) =>
      routes.flatMap((route) => {
        const endpoint = endpointOf(route, gateway && registered.get(gateway));
        return endpoint === undefined ? [] : [[route.node.path, endpoint]];
      }),
    ),
  );
}

/** The endpoint of one route, whose Gateway is `gateway` if it was registered; undefined when it can not be known. */
export function endpointOf(route: ModelRoute | SplitRoute, gateway: KubernetesResource | undefined): RouteEndpoint | undefined {
  const { endpoint } = route.plan;
  if (endpoint !== undefined) {
    return resolveTokens(endpoint);
  }
  return gateway && addressOf(gateway).apply((address) => urlOf(route, address));
}

function urlOf(route: ModelRoute | SplitRoute, address: string | undefined): RouteEndpoint {
  return address === undefined ? pulumi.output(undefined) : resolveTokens(route.endpointAt(address));
}

/** The part of the status of a Gateway that is read here (Gateway API v1). */
interface GatewayStatus {
  readonly addresses?: readonly { readonly value: string }[];
}

/** The first address of a Gateway. A preview that makes the Gateway sees a status without one, which says nothing. */
function addressOf({ status }: KubernetesResource): RouteEndpoint {
  const nothing = pulumi.runtime.isDryRun() ? unknownText : undefined;
  return pulumi.output(status as pulumi.Output<GatewayStatus | undefined>).apply((known) => known?.addresses?.[0]?.value ?? nothing);
}
