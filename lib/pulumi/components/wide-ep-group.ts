import type * as pulumi from '@pulumi/pulumi';
import { WideEPGroup as Servers, type WideEPGroupProps } from '../../index';
import { type ComponentOptions, isComponent } from './component';
import { type ServersArgs, ServersComponent, type ServersProps } from './servers';

/** Args of a {@link WideEPGroup}: the props of the construct of the same name and the surroundings of the component. */
export interface WideEPGroupArgs extends ServersProps<WideEPGroupProps>, ServersArgs<Servers> {}

/**
 * Serves one large mixture-of-experts model with its experts spread over many nodes.
 *
 * Pulumi makes a ServiceAccount and one LeaderWorkerSet a role, and waits until the groups are available. Give it to an
 * `InferenceGateway` as `servers`. The cluster must run the LeaderWorkerSet controller.
 *
 * Throws a Pulumi `ResourceError` with the code and the sentence of the construct's error; only the component itself is registered then.
 */
export class WideEPGroup extends ServersComponent<Servers> {
  /** True for a component of this class, also that of a second copy of this package. */
  static override isInstance(value: unknown): value is WideEPGroup {
    return isComponent(value, 'WideEPGroup');
  }

  /** Name of the LeaderWorkerSet that computes prompts, known once its groups are available; undefined when the group is not split. */
  readonly prefill: pulumi.Output<string> | undefined;
  /** Name of the LeaderWorkerSet that computes answers, of all groups when not split, known once they are available. */
  readonly decode: pulumi.Output<string>;

  constructor(name: string, args: WideEPGroupArgs, options?: ComponentOptions) {
    super(name, args, { kind: 'WideEPGroup', make: (scope, id, props) => new Servers(scope, id, props) }, options);
    const { prefill: first } = this.construct;
    this.prefill = first === undefined ? undefined : this.nameOf(first.workload);
    this.decode = this.nameOf(this.construct.decode.workload);
    const { poolName, modelName, prefill, decode, workloads } = this;
    this.registerOutputs({ poolName, modelName, ...(prefill === undefined ? {} : { prefill }), decode, workloads });
  }
}
