import type * as pulumi from '@pulumi/pulumi';
import type { App } from 'cdk8s';
import type { Construct } from 'constructs';
import { acknowledge, type IModelServers, ServingChart, type ServingChartProps, type ServingOptions } from '../../index';
import { resolveTokens } from '../output-token';
import { COMPONENT_ARGS, Component, type ComponentArgs, type ComponentKind, type ComponentOptions, given, without } from './component';
import { type Inputs, propsOf } from './inputs';

/** Args with a type of their own: a name decides what is planned, and the namespace is that of the component. */
type OwnArgs = 'name' | 'namespace';

/** The props of a construct as args: free texts may be outputs. */
export type ServersProps<P extends ServingOptions> = Inputs<Omit<P, OwnArgs>> & Pick<P, 'name'>;

/** What every component takes of its surroundings; in a cdk8s program these are props of the chart. */
export interface SurroundingArgs {
  /**
   * Namespace of all objects; it must exist when they are made. An output of a `Namespace` resource makes Pulumi wait for it.
   *
   * @default - none is written: that of the provider
   */
  readonly namespace?: pulumi.Input<string>;
  /**
   * What the cluster underneath is like.
   *
   * @default Cluster.generic()
   */
  readonly cluster?: ServingChartProps['cluster'];
  /**
   * The images that are deployed together.
   *
   * @default Release.LATEST
   */
  readonly release?: ServingChartProps['release'];
  /**
   * Registry, with an optional path, to which the router's image was pushed.
   *
   * @default - the environment variable `CDK8S_LLM_D_REGISTRY`, else `imageMirror`, else none, and a warning is printed
   */
  readonly imageRegistry?: pulumi.Input<string>;
  /**
   * Registry, with an optional path, that has copies of all images, for a cluster that reaches no other. Images below `imageRegistry`
   * stay.
   *
   * @default - the environment variable `CDK8S_LLM_D_IMAGE_MIRROR`, else none
   */
  readonly imageMirror?: ServingChartProps['imageMirror'];
  /**
   * How servers and gateways without a `name` are named.
   *
   * @default NameStyle.PLAIN: as the component
   */
  readonly nameStyle?: ServingChartProps['nameStyle'];
}

/** The fields of {@link SurroundingArgs}. */
export const SURROUNDINGS = [
  'namespace',
  'cluster',
  'release',
  'imageRegistry',
  'imageMirror',
  'nameStyle',
] as const satisfies readonly (keyof SurroundingArgs)[];

/** Args of every component that serves a model. */
export interface ServersArgs<C> extends SurroundingArgs, ComponentArgs<C> {}

/** How a component makes its servers. */
export interface ServersPlanned<C, P> {
  readonly kind: ComponentKind;
  readonly make: (scope: Construct, id: string, props: P) => C;
}

/**
 * A component that serves a model, for the `servers` of an `InferenceGateway` component.
 *
 * Nothing of it waits for a gateway, and no gateway waits for its pods: both are deployed at the same time.
 */
export abstract class ServersComponent<C extends Construct & IModelServers> extends Component<C> {
  /** Name of the servers, which the InferencePool of a gateway takes too. */
  readonly poolName: pulumi.Output<string>;
  /** Name under which clients ask for the model, the `model` of a request. */
  readonly modelName: pulumi.Output<string>;
  /** Names of the Deployments or LeaderWorkerSets, prefill before decode; each is known once its pods are ready. */
  readonly workloads: readonly pulumi.Output<string>[];

  constructor(name: string, args: ServersArgs<C>, planned: ServersPlanned<C, never>, options: ComponentOptions = {}) {
    const write = (app: App, id: string) => {
      const chart = new ServingChart(app, planned.kind, propsOf<ServingChartProps>(given(args, SURROUNDINGS)));
      acknowledge(chart, 'LLMD314', 'the gateway of a component is another component');
      return planned.make(chart, id, propsOf(without(args, [...SURROUNDINGS, ...COMPONENT_ARGS])) as never);
    };
    super(name, { kind: planned.kind, args, write }, options);
    const { plan, workloads } = this.construct;
    this.poolName = resolveTokens(plan.name);
    this.modelName = resolveTokens(plan.model.servedName);
    this.workloads = workloads.map((workload) => this.nameOf(workload));
  }
}
