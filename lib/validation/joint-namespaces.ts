import { hasPlaceholder } from '../util/placeholder';
import { anyPlaceholder } from '../util/placeholder-table';
import type { ModelInput } from './model';

/** What decides whether routes of other namespaces can attach to a Gateway. */
interface Admitting {
  /** True: whoever wrote the Gateway decides. */
  readonly existing: boolean;
  readonly admission: { readonly from: string };
}

/** True when a Gateway would ignore a route of another namespace than its own. */
export function admitsOwnOnly({ existing, admission }: Admitting): boolean {
  return !existing && admission.from === 'Same';
}

/**
 * True when two namespaces are one, or may turn out to be: of one that is only known at deployment nobody can tell before. Where none is
 * given the deploying tool decides, which is nothing to compare with.
 */
export function mayBeOne(one: string | undefined, other: string | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && [one, other].some(hasPlaceholder));
}

/**
 * The same with one name for namespaces that must turn out to be one: those of a Gateway that admits its own only and of its routes,
 * which are compared at deployment (LLMD606). So rules see, say, that two pools there select the same pods.
 */
export function withJointNamespaces(input: ModelInput): ModelInput {
  const names = anyPlaceholder() ? jointNames(input) : new Map<string, string>();
  const renamed = <T extends { readonly namespace: string | undefined }>(all: readonly T[] = []) =>
    all.map((one) => ({ ...one, namespace: names.get(one.namespace ?? '') ?? one.namespace }));
  return names.size === 0
    ? input
    : { ...input, objects: renamed(input.objects), servers: renamed(input.servers), routers: renamed(input.routers) };
}

/** What each namespace that is only known at deployment is called; a plain one is called by itself. */
function jointNames({ gateways = [] }: ModelInput): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const nameOf = (namespace: string): string => {
    const name = names.get(namespace);
    return name === undefined ? namespace : nameOf(name);
  };
  for (const gateway of gateways.filter((one) => !one.standalone && admitsOwnOnly(one))) {
    const pools = gateway.routes.flatMap((route) => route.pools);
    const all = [gateway, ...pools].flatMap(({ namespace }) => (namespace === undefined ? [] : [nameOf(namespace)]));
    const name = all.find((one) => !hasPlaceholder(one)) ?? all[0];
    for (const other of all) {
      if (name !== undefined && other !== name && hasPlaceholder(other)) {
        names.set(other, name);
      }
    }
  }
  return new Map([...names.keys()].map((namespace) => [namespace, nameOf(namespace)]));
}
