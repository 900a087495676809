import type * as pulumi from '@pulumi/pulumi';
import type { ApiObject, App } from 'cdk8s';
import { collect } from '../validation/collect';
import { buildModel, type SynthObject } from '../validation/model';
import { resolvePlaceholdersOf } from '../validation/placeholders';
import { SynthValidation } from '../validation/synth-validation';
import { annotated } from './annotations';
import { type KubernetesResource, registerNative } from './native-resource';
import { checkOptions, type ObjectOptions, optionsFor } from './object-options';
import { resolveInputs } from './resolve-inputs';
import { type SynthesizedObject, synthesize } from './synth-objects';
import { asResourceError } from './validation-error';
import { planWaits, type WaitPlan } from './wait-plan';

/** How objects are registered. */
export interface RegisterOptions {
  /**
   * Options of single objects, merged over those of the stack: `dependsOn` and `ignoreChanges` are added, each part of
   * `customTimeouts` replaces ours, all else is taken as given. `parent`, `id` and `urn` are refused (LLMD909).
   *
   * @default - those of the stack
   */
  readonly objectOptions?: ObjectOptions;
  /**
   * False: an object counts as ready as soon as the API server has taken it, and nothing is waited for.
   *
   * @default true
   */
  readonly await?: boolean;
}

/** What a component of this library says besides. */
export interface NamedRegisterOptions extends RegisterOptions {
  /**
   * Name of the resource of an object.
   *
   * @default - its construct path
   */
  readonly nameOf?: (object: ApiObject) => string;
}

/** Resources by object, in the order of their registration. */
export type RegisteredObjects = ReadonlyMap<ApiObject, KubernetesResource>;

/**
 * Validates everything below `app` and registers one Pulumi resource for each of its objects, under its construct path (or another
 * name), as child of `parent`, with what the construct graph says must exist before it as `dependsOn`.
 *
 * The manifests are those that `cdk8s synth` writes, with values in the place of tokens, and with the `pulumi.com/*` annotations that
 * make Pulumi wait for what it would not wait for by itself. Throws a `ResourceError` of `parent` when a rule fails; nothing is
 * registered then.
 */
export function registerObjects(app: App, parent: pulumi.Resource, options: NamedRegisterOptions = {}): RegisteredObjects {
  const nameOf = options.nameOf ?? (({ node }: ApiObject) => node.path);
  const planned = asResourceError(parent, () => plan(app, options));
  const registered = new Map<ApiObject, KubernetesResource>();
  for (const { object, json, dependencies, waits, given } of planned) {
    const dependsOn = dependencies.flatMap((dependency) => registered.get(dependency) ?? []);
    const inputs = resolveInputs(annotated(json, waits.annotations), object.node.path);
    registered.set(object, registerNative(nameOf(object), inputs, optionsFor(parent, dependsOn, waits, given)));
  }
  return registered;
}

interface PlannedObject extends SynthesizedObject {
  readonly waits: WaitPlan;
  /** What the program says of it. */
  readonly given: pulumi.CustomResourceOptions;
}

/** Everything that can fail, before the first resource is registered. */
function plan(app: App, options: RegisterOptions): readonly PlannedObject[] {
  resolvePlaceholdersOf(app);
  // An app without a construct of this library is validated as well: its texts may hold tokens.
  SynthValidation.of(app);
  const objects = synthesize(app);
  const model = buildModel(collect(app));
  const views = new Map(model.objects.map((view) => [view.path, view]));
  const needs = new Map(objects.map((one) => [one.object.node.path, one.needs]));
  const context = { model, awaiting: options.await ?? true, needs: (path: string) => needs.get(path) ?? new Set<ApiObject>() };
  return objects.map((one) => {
    const given = options.objectOptions?.(one.object) ?? {};
    checkOptions(one.object, given);
    // The validation has passed, so every object could be rendered.
    return { ...one, given, waits: planWaits(context, views.get(one.object.node.path) as SynthObject) };
  });
}
