import type * as pulumi from '@pulumi/pulumi';
import type { ApiObject, App } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  InferenceGateway as Gateway,
  type InferenceGatewayProps,
  type InferencePool,
  type ModelRoute,
  type ModelRouteOptions,
  ServingChart,
  type SplitMember,
  type SplitOptions,
  SplitRoute,
} from '../../index';
import { endpointOf } from '../endpoints';
import { COMPONENT_ARGS, Component, type ComponentOptions, given, isComponent, without } from './component';
import { ForeignServers } from './foreign-servers';
import { constructOf, type InferenceGatewayArgs, type RoutedServers } from './gateway-args';
import { chartOfGateway, checkProviders, membersOf, optionsOfGateway } from './gateway-surroundings';
import { propsOf } from './inputs';
import { SURROUNDINGS } from './servers';

/**
 * The entrance to one or more models. Pulumi makes, for each model, its InferencePool and router and, with a provider of the Gateway
 * API, its HTTPRoute behind one Gateway; without one, each model has an Envoy beside its router and an endpoint of its own.
 *
 * The pools find pods by their labels, so nothing of it waits for the pods of the models: gateway and servers are deployed at the same
 * time, and requests are answered once pods are ready. Servers are of the same cluster: without `provider` or `parent` in its options
 * the gateway takes the Kubernetes provider of its first model.
 *
 * Throws a Pulumi `ResourceError` with the code and the sentence of the construct's error, LLMD920 when the models' components stand
 * in different clusters, releases, registries, mirrors or name styles and the gateway is told none; only the component is registered then.
 */
export class InferenceGateway extends Component<Gateway> {
  /** True for a component of this class, also that of a second copy of this package. */
  static override isInstance(value: unknown): value is InferenceGateway {
    return isComponent(value, 'InferenceGateway');
  }

  /**
   * Base URL for clients inside the cluster by name of the route (the `name` of the model's args, else that of its servers), to which
   * `/v1/…` is appended; known once the route is made.
   *
   * Where only the status of the Gateway tells the address (GKE without `address`), the route is absent if the Gateway exists already,
   * and the output has no value while there is no address: with `await: false`, until `pulumi up --refresh` has seen one.
   */
  readonly endpoints: Readonly<Record<string, pulumi.Output<string>>>;
  /** The endpoint of the only route; undefined when there are several, or when it is not known. */
  readonly url: pulumi.Output<string> | undefined;
  /** Name of the Gateway, known once it is programmed; undefined when none is written. */
  readonly gatewayName: pulumi.Output<string> | undefined;
  /** Names of the InferencePools, in the order of the routes; without those of routers that select pods by labels. */
  readonly poolNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: InferenceGatewayArgs, options: ComponentOptions = {}) {
    let foreign: ForeignServers | undefined;
    const write = (app: App, id: string) => {
      const own = propsOf<GatewayProps>(without(args, NOT_OF_CONSTRUCT) as never);
      checkProviders(args, options);
      const props = chartOfGateway(args);
      foreign = new ForeignServers(membersOf(args), props.namespace);
      const gateway = writeGateway(new ServingChart(app, 'InferenceGateway', props), id, own);
      foreign.showTo(gateway);
      return gateway;
    };
    super(name, { kind: 'InferenceGateway', args, write }, optionsOfGateway(args, options));
    foreign?.claimFor(this.construct);
    const { routes, gateway } = this.construct;
    const made = gateway && this.resourceFor(gateway);
    this.endpoints = Object.fromEntries(
      routes.flatMap((route) => {
        const endpoint = endpointOf(route, made) as pulumi.Output<string> | undefined;
        return endpoint === undefined ? [] : [[route.plan.name, this.onceMade(entranceOf(route), endpoint)]];
      }),
    );
    this.url = routes.length === 1 ? Object.values(this.endpoints)[0] : undefined;
    this.gatewayName = gateway === undefined ? undefined : this.nameOf(gateway);
    this.poolNames = routes.flatMap(poolsOf).map((pool) => this.nameOf(pool));
    this.registerOutputs({ endpoints: this.endpoints, poolNames: this.poolNames, ...given(this, ['url', 'gatewayName']) });
  }
}

/** Args that are not props of the construct: those of its chart and of the component. */
const NOT_OF_CONSTRUCT = [...SURROUNDINGS, ...COMPONENT_ARGS, 'labels'];

/** The props of the construct, and its routes. */
interface GatewayProps extends InferenceGatewayProps {
  readonly models?: readonly (ModelRouteOptions & { readonly servers: RoutedServers })[];
  readonly splits?: readonly (SplitOptions & {
    readonly members: readonly (Omit<SplitMember, 'servers'> & { readonly servers: RoutedServers })[];
  })[];
}

function writeGateway(scope: Construct, id: string, { models = [], splits = [], ...props }: GatewayProps): Gateway {
  const gateway = new Gateway(scope, id, props);
  for (const { servers, ...options } of models) {
    gateway.addModel(constructOf(servers), options);
  }
  for (const { members, ...options } of splits) {
    gateway.addSplit(
      members.map((member) => ({ ...member, servers: constructOf(member.servers) })),
      options,
    );
  }
  return gateway;
}

function poolsOf(route: ModelRoute | SplitRoute): readonly InferencePool[] {
  const members = route instanceof SplitRoute ? route.members : [route];
  return members.flatMap(({ pool }) => pool ?? []);
}

/** The object without which nobody is let in: the HTTPRoute, or the router's own Service. */
function entranceOf(route: ModelRoute | SplitRoute): ApiObject {
  return route.route ?? (route as ModelRoute).router.service;
}
