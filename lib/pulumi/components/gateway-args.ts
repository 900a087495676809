import type * as pulumi from '@pulumi/pulumi';
import type {
  InferenceGateway as Gateway,
  IModelServers,
  InferenceGatewayProps,
  ModelRouteOptions,
  ServingChartProps,
  SplitMember,
  SplitOptions,
} from '../../index';
import type { ComponentArgs } from './component';
import type { Inputs } from './inputs';
import type { ServersComponent, SurroundingArgs } from './servers';

/**
 * What a gateway sends requests to: a component (`ModelServing`, `PrefillDecodePair`, `WideEPGroup`), or a construct of another tree, e.g.
 * of a `ServingStack`. Such a stack does not know of the gateway: acknowledge LLMD314 in it.
 */
export type RoutedServers = ServersComponent<IModelServers> | IModelServers;

/** One model of a gateway: its servers, and what `addModel` of the construct takes. */
export interface ModelArgs extends Inputs<Omit<ModelRouteOptions, 'name'>>, Pick<ModelRouteOptions, 'name'> {
  /** What serves the model. */
  readonly servers: RoutedServers;
}

/** One pool of a split and its share. */
export interface SplitMemberArgs extends Inputs<Omit<SplitMember, 'name' | 'servers'>>, Pick<SplitMember, 'name'> {
  /** What serves this share. */
  readonly servers: RoutedServers;
}

/** One route over several pools: its members, and what `addSplit` of the construct takes. */
export interface SplitArgs extends Inputs<Omit<SplitOptions, 'name'>>, Pick<SplitOptions, 'name'> {
  /** The pools and their shares. */
  readonly members: readonly SplitMemberArgs[];
}

/**
 * Args of an `InferenceGateway`: the props of the construct of the same name, the models, and the surroundings of the component.
 * `namespace`, `cluster`, `release`, `imageRegistry`, `imageMirror` and `nameStyle` are those of the first model unless given.
 */
export interface InferenceGatewayArgs
  extends Inputs<Omit<InferenceGatewayProps, 'name' | 'namespace' | 'labels'>>,
    SurroundingArgs,
    ComponentArgs<Gateway> {
  /**
   * Name of the Gateway; the controller names the proxy's Service after it.
   *
   * @default - the name of the component
   */
  readonly name?: string;
  /**
   * Labels of all objects (not of pods).
   *
   * @default - none
   */
  readonly labels?: Inputs<NonNullable<ServingChartProps['labels']>>;
  /**
   * The models, each with an InferencePool, a router and, behind a Gateway, an HTTPRoute of its own.
   *
   * @default - none
   */
  readonly models?: readonly ModelArgs[];
  /**
   * Routes that share requests among several pools by weight.
   *
   * @default - none
   */
  readonly splits?: readonly SplitArgs[];
}

/** Servers of args, whatever they are wrapped in. */
export function constructOf(servers: RoutedServers): IModelServers {
  return isServersComponent(servers) ? servers.construct : servers;
}

/** The provider of a component; undefined for a construct, which knows none. */
export function providerOf(servers: RoutedServers | undefined): pulumi.ProviderResource | undefined {
  return isServersComponent(servers) ? servers.getProvider('kubernetes:core:Pod') : undefined;
}

/** All servers of a gateway, in the order of its routes. Asked before anything is checked: what is no list has none. */
export function serversOf({ models, splits }: Pick<InferenceGatewayArgs, 'models' | 'splits'>): readonly RoutedServers[] {
  return [...listOf(models), ...listOf(splits).flatMap(({ members }) => listOf(members))].map(({ servers }) => servers);
}

function listOf<T>(items: readonly T[] | undefined): readonly T[] {
  return Array.isArray(items) ? items : [];
}

/** True for a component, which has a construct inside. */
export function isServersComponent(servers: RoutedServers | undefined): servers is ServersComponent<IModelServers> {
  return typeof servers === 'object' && servers !== null && 'construct' in servers;
}
