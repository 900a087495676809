import * as pulumi from '@pulumi/pulumi';
import { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { ServingChart, type ServingChartProps } from '../index';
import { isRecord, textOf } from '../util/check';
import { isGiven } from '../util/props';
import { ensure } from '../validation/error';
import { endpointsOf } from './endpoints';
import type { KubernetesResource } from './native-resource';
import { outputToken } from './output-token';
import { type RegisteredObjects, type RegisterOptions, registerObjects } from './register';
import { resourceOf } from './resource-of';
import { asResourceError } from './validation-error';

/** Properties of the chart of a {@link ServingStack}: those of a `ServingChart`, of which some may be known at deployment only. */
export interface ServingStackArgs extends Omit<ServingChartProps, 'namespace' | 'imageRegistry' | 'labels'> {
  /**
   * Namespace of all its objects; it must exist when they are made, so an output of the Namespace's resource is best.
   *
   * @default - none is written: the provider's `namespace` decides
   */
  readonly namespace?: pulumi.Input<string>;
  /**
   * Registry, with an optional path, to which the router's image was pushed.
   *
   * @default - the environment variable `CDK8S_LLM_D_REGISTRY`, else `imageMirror`, else none, and the program warns
   */
  readonly imageRegistry?: pulumi.Input<string>;
  /**
   * Labels of all its objects (not of their pods).
   *
   * @default - none
   */
  readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Resource options of a {@link ServingStack}. Those that Pulumi hands down hold for its objects too (`provider`, `providers`, `protect`,
 * `retainOnDelete`, `aliases`, `transforms`); the others, `ignoreChanges` among them, are given by `objectOptions`.
 */
export interface ServingStackOptions extends pulumi.ComponentResourceOptions, RegisterOptions {}

/**
 * A serving chart as a Pulumi component: every object of the constructs that `build` writes into the chart becomes one Kubernetes
 * resource of its own, named by its construct path, with the type token of a hand-written program, registered in the order of the
 * construct graph. A preview shows the change of every field.
 *
 * All rules run first. When one fails, a `ResourceError` with every code and construct path is thrown, its `cause` the error itself,
 * and nothing but this component is registered.
 *
 * Pulumi waits until what was made works: Deployments and LeaderWorkerSets for the time that their startup probes and rollouts allow,
 * Services for their pods, Gateways for an address, routes for a Gateway that knows their pools. Replicas that an autoscaler sets are left
 * alone.
 */
export class ServingStack<T> extends pulumi.ComponentResource {
  /** What `build` returned. Texts in it may hold tokens: see `resolveTokens`. */
  readonly constructs: T;
  /** The resource of every object, by construct path. */
  readonly resources: ReadonlyMap<string, KubernetesResource>;
  /**
   * Base URL of each route for clients inside the cluster, by construct path.
   *
   * Where only the status of the Gateway has the address (GKE without `address`), it is unknown in the preview that makes the Gateway,
   * and a route is absent as long as there is no address: of a Gateway that exists already, and with `await: false` until
   * `pulumi up --refresh` has seen one.
   */
  readonly endpoints: pulumi.Output<Record<string, string>>;
  private readonly registered: RegisteredObjects;

  /**
   * `build` is called at once and must be synchronous (LLMD907); what is only known later enters by {@link outputToken}. Other errors
   * that it throws pass as they are.
   */
  constructor(name: string, args: ServingStackArgs, build: (chart: ServingChart) => T, options: ServingStackOptions = {}) {
    const { objectOptions, await: awaiting, ...own } = options;
    super('cdk8s-llm-d:index:ServingStack', name, {}, own);
    const app = new App();
    this.constructs = asResourceError(this, () => {
      const constructs = build(new ServingChart(app, name, chartProps(args)));
      ensure(typeof (constructs as { then?: unknown } | undefined)?.then !== 'function', 'LLMD907', { name });
      return constructs;
    });
    this.registered = registerObjects(app, this, {
      ...(objectOptions === undefined ? {} : { objectOptions }),
      ...(awaiting === undefined ? {} : { await: awaiting }),
    });
    this.resources = new Map([...this.registered].map(([object, resource]) => [object.node.path, resource]));
    this.endpoints = pulumi.output(endpointsOf(app, this.registered)).apply(known);
    this.registerOutputs({
      ...(isGiven(args.namespace) ? { namespace: args.namespace } : {}),
      endpoints: this.endpoints,
    });
  }

  /**
   * The Pulumi resource of an object, or of the one object of a construct (`resourceFor(serving.workload)`): its URN, and its fields as
   * the cluster answered them. Throws LLMD908 for what this stack has not registered.
   */
  resourceFor(object: IConstruct): KubernetesResource {
    return resourceOf(this.registered, object);
  }
}

function known(endpoints: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(endpoints).flatMap(([path, endpoint]) => (endpoint === undefined ? [] : [[path, endpoint]])));
}

/** With tokens for outputs; labels that are no map are left to the chart, which refuses them. */
function chartProps(args: ServingStackArgs): ServingChartProps {
  ensure(isRecord(args), 'LLMD107', { prop: 'args', given: textOf(args), allowed: 'ServingStack takes an object' });
  const { namespace, imageRegistry, labels, ...props }: ServingStackArgs = args;
  return {
    ...props,
    ...(isGiven(namespace) ? { namespace: outputToken(namespace) } : {}),
    ...(isGiven(imageRegistry) ? { imageRegistry: outputToken(imageRegistry) } : {}),
    labels: isRecord(labels)
      ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, outputToken(value as pulumi.Input<string>)]))
      : (labels as never),
  };
}
