import * as pulumi from '@pulumi/pulumi';
import { type ApiObject, App } from 'cdk8s';
import { ServingChart, type ServingChartProps } from '../index';
import { type KubernetesResource, registerObjects } from './register';

/** Properties of the chart of a {@link ServingStack}. */
export interface ServingStackArgs extends ServingChartProps {}

/** Resource options of a {@link ServingStack}. */
export interface ServingStackOptions extends pulumi.ComponentResourceOptions {}

/**
 * A serving chart as a Pulumi component: the constructs that `build` writes into the chart become one Kubernetes resource for
 * each of their objects, registered in the order of the construct graph.
 */
export class ServingStack<T> extends pulumi.ComponentResource {
  /** What `build` returned. */
  readonly constructs: T;
  private readonly registered: ReadonlyMap<ApiObject, KubernetesResource>;

  constructor(name: string, args: ServingStackArgs, build: (chart: ServingChart) => T, options: ServingStackOptions = {}) {
    super('cdk8s-llm-d:index:ServingStack', name, {}, options);
    const app = new App();
    const chart = new ServingChart(app, name, args);
    this.constructs = build(chart);
    this.registered = registerObjects(app, this);
    this.registerOutputs();
  }

  /** The Pulumi resource of an object. */
  resourceFor(object: ApiObject): KubernetesResource {
    const resource = this.registered.get(object);
    if (resource === undefined) {
      throw new Error(`${object.node.path} is no object of this stack`);
    }
    return resource;
  }
}
