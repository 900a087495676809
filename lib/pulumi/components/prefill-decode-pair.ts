import type * as pulumi from '@pulumi/pulumi';
import { type PrefillDecodePairProps, PrefillDecodePair as Servers } from '../../index';
import { type ComponentOptions, isComponent } from './component';
import { type ServersArgs, ServersComponent, type ServersProps } from './servers';

/** Args of a {@link PrefillDecodePair}: the props of the construct of the same name and the surroundings of the component. */
export interface PrefillDecodePairArgs extends ServersProps<PrefillDecodePairProps>, ServersArgs<Servers> {}

/**
 * Serves one model with prompts and answers computed by different pods.
 *
 * Pulumi makes a ServiceAccount and two workloads, `<name>-prefill` and `<name>-decode`, at the same time, and waits for the pods of
 * both. Give it to an `InferenceGateway` as `servers`.
 *
 * Throws a Pulumi `ResourceError` with the code and the sentence of the construct's error; only the component itself is registered then.
 */
export class PrefillDecodePair extends ServersComponent<Servers> {
  /** True for a component of this class, also that of a second copy of this package. */
  static override isInstance(value: unknown): value is PrefillDecodePair {
    return isComponent(value, 'PrefillDecodePair');
  }

  /** Name of the workload that computes prompts, known once its pods are ready. */
  readonly prefill: pulumi.Output<string>;
  /** Name of the workload that computes answers, known once its pods are ready. */
  readonly decode: pulumi.Output<string>;

  constructor(name: string, args: PrefillDecodePairArgs, options?: ComponentOptions) {
    super(name, args, { kind: 'PrefillDecodePair', make: (scope, id, props) => new Servers(scope, id, props) }, options);
    this.prefill = this.nameOf(this.construct.prefill.workload);
    this.decode = this.nameOf(this.construct.decode.workload);
    const { poolName, modelName, prefill, decode, workloads } = this;
    this.registerOutputs({ poolName, modelName, prefill, decode, workloads });
  }
}
