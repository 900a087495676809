import type * as pulumi from '@pulumi/pulumi';
import { type ModelServingProps, ModelServing as Servers } from '../../index';
import { type ComponentOptions, isComponent } from './component';
import { type ServersArgs, ServersComponent, type ServersProps } from './servers';

/**
 * Args of a {@link ModelServing}: the props of the construct of the same name and the surroundings of the component. Free texts may be
 * outputs; numbers, choices and names may not, since they decide which objects exist (LLMD921).
 */
export interface ModelServingArgs extends ServersProps<ModelServingProps>, ServersArgs<Servers> {}

/**
 * Serves one model with identical replicas, each of which computes prompts and answers.
 *
 * Pulumi makes a ServiceAccount and a Deployment `<name>-decode` (a LeaderWorkerSet when a replica spans nodes), and waits until its
 * pods have loaded the model. Nothing routes to it yet: give it to an `InferenceGateway` as `servers`.
 *
 * Throws a Pulumi `ResourceError` with the code and the sentence of the construct's error; only the component itself is registered then.
 */
export class ModelServing extends ServersComponent<Servers> {
  /** True for a component of this class, also that of a second copy of this package. */
  static override isInstance(value: unknown): value is ModelServing {
    return isComponent(value, 'ModelServing');
  }

  /** Name of the Deployment or LeaderWorkerSet, known once its pods are ready. */
  readonly workload: pulumi.Output<string>;

  constructor(name: string, args: ModelServingArgs, options?: ComponentOptions) {
    super(name, args, { kind: 'ModelServing', make: (scope, id, props) => new Servers(scope, id, props) }, options);
    this.workload = this.nameOf(this.construct.workload);
    const { poolName, modelName, workload, workloads } = this;
    this.registerOutputs({ poolName, modelName, workload, workloads });
  }
}
