import * as pulumi from '@pulumi/pulumi';
import type { ApiObject } from 'cdk8s';
import { atPath, ensure } from '../validation/error';
import type { WaitPlan } from './wait-plan';

/** Options that a program may give for one object; undefined leaves all to the stack. */
export type ObjectOptions = (object: ApiObject) => pulumi.CustomResourceOptions | undefined;

/** Options that the stack decides: what they would change follows from the construct tree. */
const OURS: Readonly<Record<string, string>> = {
  parent: 'build another stack with that parent',
  id: 'use `import` to adopt an object that exists',
  urn: 'use `import` to adopt an object that exists',
};

/** Throws LLMD909 for an option that the stack decides itself. */
export function checkOptions(object: ApiObject, given: pulumi.CustomResourceOptions): void {
  for (const [option, change] of Object.entries(OURS)) {
    const value = given[option as keyof pulumi.CustomResourceOptions];
    atPath(object.node.path, () => ensure(value === undefined, 'LLMD909', { option, change }));
  }
}

/**
 * The options of one resource: those of the stack, and those of the program over them. `dependsOn` and `ignoreChanges` are added to
 * ours, of `customTimeouts` each part that is given replaces ours, everything else is the program's.
 */
export function optionsFor(
  parent: pulumi.Resource,
  dependsOn: readonly pulumi.Resource[],
  waits: WaitPlan,
  given: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  const ours: pulumi.CustomResourceOptions = {
    parent,
    ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
    ...(waits.ignoreChanges.length === 0 ? {} : { ignoreChanges: [...waits.ignoreChanges] }),
  };
  const customTimeouts = { ...waits.customTimeouts, ...given.customTimeouts };
  return { ...pulumi.mergeOptions(ours, given), ...(Object.keys(customTimeouts).length === 0 ? {} : { customTimeouts }) };
}
