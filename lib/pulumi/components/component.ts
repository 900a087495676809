import * as pulumi from '@pulumi/pulumi';
import { type ApiObject, App, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { atPath, ensure } from '../../validation/error';
import type { KubernetesResource } from '../native-resource';
import { resolveTokens } from '../output-token';
import { type RegisteredObjects, type RegisterOptions, registerObjects } from '../register';
import { resourceOf } from '../resource-of';
import { asResourceError } from '../validation-error';

/** The components of this library, by the last part of their type token. */
export type ComponentKind = 'ModelServing' | 'PrefillDecodePair' | 'WideEPGroup' | 'InferenceGateway';

/** Type token of a component. */
export function componentType(kind: ComponentKind | 'ServingStack'): string {
  return `cdk8s-llm-d:index:${kind}`;
}

/** True for a component of one kind, also one that a second copy of this package made. */
export function isComponent(value: unknown, kind: ComponentKind): boolean {
  return pulumi.ComponentResource.isInstance(value) && pulumi.resourceType(value) === componentType(kind);
}

/** Args that every component takes beside the props of its construct. */
export interface ComponentArgs<C> {
  /**
   * Changes the construct before its objects are registered: JSON patches, objects beside it (in `Chart.of(construct)`), acknowledged
   * warnings. It must be synchronous (LLMD924).
   *
   * @default - nothing is changed
   */
  readonly configure?: (construct: C) => void;
}

/** The fields of {@link ComponentArgs}. */
export const COMPONENT_ARGS = ['configure'] as const satisfies readonly (keyof ComponentArgs<never>)[];

/**
 * Resource options of a component. Those that Pulumi hands down hold for its objects too (`provider`, `providers`, `protect`,
 * `retainOnDelete`, `aliases`, `transforms`); the others, `ignoreChanges` among them, are given by `objectOptions`.
 */
export interface ComponentOptions extends pulumi.ComponentResourceOptions, RegisterOptions {}

/** How a component makes its construct. */
export interface Plan<C> {
  readonly kind: ComponentKind;
  /** What the component was given. */
  readonly args: ComponentArgs<C>;
  /** Writes chart and construct, called inside of the constructor: what it refuses is an error of the component. */
  readonly write: (app: App, id: string) => C;
}

/**
 * A construct as a Pulumi component: its objects are the component's children, each named by its path in the construct, after the name
 * of the component. So a child keeps its URN whatever else the program makes, in whichever order.
 */
export abstract class Component<C extends Construct> extends pulumi.ComponentResource {
  /** The construct underneath, for what it knows; changes belong into `configure`, since its objects are registered already. */
  readonly construct: C;
  private readonly registered: RegisteredObjects;

  constructor(name: string, plan: Plan<C>, { objectOptions, await: awaiting, ...options }: ComponentOptions = {}) {
    super(componentType(plan.kind), name, {}, options);
    const app = new App();
    this.construct = asResourceError(this, () =>
      atPath(`${plan.kind}/${name}`, () => {
        const construct = plan.write(app, name);
        const answer: unknown = plan.args.configure?.(construct);
        ensure(!(answer instanceof Promise), 'LLMD924', { name });
        return construct;
      }),
    );
    this.registered = registerObjects(app, this, {
      ...(objectOptions === undefined ? {} : { objectOptions }),
      ...(awaiting === undefined ? {} : { await: awaiting }),
      nameOf: (object) => childName(name, this.construct, object),
    });
  }

  /**
   * The Pulumi resource of an object, or of the one object of a construct (`resourceFor(serving.construct.workload)`): its URN, and its
   * fields as the cluster answered them. Throws LLMD908 for what this component has not registered.
   */
  resourceFor(object: IConstruct): KubernetesResource {
    return resourceOf(this.registered, object);
  }

  /** The name of an object, known as soon as the object exists. */
  protected nameOf(object: ApiObject): pulumi.Output<string> {
    return this.onceMade(object, resolveTokens(object.name));
  }

  /** A text, known as soon as an object exists; what is given it waits for that object. */
  protected onceMade(object: ApiObject, text: pulumi.Output<string>): pulumi.Output<string> {
    return pulumi.all([text, this.resourceFor(object).urn]).apply(([resolved]) => resolved);
  }
}

/** Some of the fields of args, without what is undefined. */
export function given<T extends object, K extends keyof T>(args: T, fields: readonly K[]): { [F in K]?: Exclude<T[F], undefined> } {
  return Object.fromEntries(fields.filter((field) => args[field] !== undefined).map((field) => [field, args[field]])) as never;
}

/** The other fields of args. */
export function without<T extends object>(args: T, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(args).filter(([field]) => !fields.includes(field)));
}

/** Path below the construct, after the name of the component; what stands beside the construct is told apart by `..`. */
function childName(name: string, construct: Construct, object: ApiObject): string {
  const own = `${construct.node.path}/`;
  const { path } = object.node;
  return path.startsWith(own) ? `${name}/${path.slice(own.length)}` : `${name}/../${path.slice(Chart.of(construct).node.path.length + 1)}`;
}
