import type { GuideFacts } from './facts/types';
import { expand } from './shell-words';

/** One leaf in which what we synthesize is not what upstream deploys; undefined where a side has nothing. */
export interface Difference {
  readonly path: string;
  readonly upstream: string | undefined;
  readonly ours: string | undefined;
}

/** Two deployments, leaf by leaf. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** Leaves that either side has. */
  readonly values: number;
}

/** Every leaf in which two deployments differ, by path. */
export function compare(upstream: GuideFacts, ours: GuideFacts): Comparison {
  const left = leaves(resolved(upstream));
  const right = leaves(resolved(ours));
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort();
  const differences = paths
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => ({ path, upstream: left.get(path), ours: right.get(path) }));
  return { differences, values: paths.length };
}

/** Arguments by flag, since engines and router read them in any order, with `$` expressions replaced. Throws for a flag given twice. */
function resolved(facts: GuideFacts): object {
  const pods = { ...facts.roles, router: facts.router };
  const flat = Object.entries(pods).map(([role, pod]) => {
    const size = 'size' in pod ? pod.size : 1;
    const containers = Object.entries(pod.containers).map(([name, container]) => {
      const env = { ...container.env, LWS_GROUP_SIZE: String(size), LWS_WORKER_INDEX: '1' };
      const args = new Map(container.args.map(([flag, value]) => [flag, value === undefined ? '(set)' : expand(value, env)]));
      if (args.size !== container.args.length) {
        throw new Error(`${role} ${name} has a flag twice: ${container.args.map(([flag]) => flag).join(' ')}`);
      }
      return [name, { ...container, args: Object.fromEntries(args) }];
    });
    return [role, { ...pod, containers: Object.fromEntries(containers) }];
  });
  const { roles: _, router: __, ...rest } = facts;
  return { ...rest, ...Object.fromEntries(flat) };
}

function leaves(value: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : /^[\w-]+$/.test(key) ? `${path}.${key}` : `${path}[${key}]`;
    if (typeof inner === 'object' && inner !== null) {
      // An empty object is a leaf where it stands for something that is there, such as a plugin without parameters.
      if (Object.keys(inner).length === 0 && path.endsWith('.plugins')) {
        found.set(at, '(no parameters)');
      }
      for (const [deeper, leaf] of leaves(inner, at)) {
        found.set(deeper, leaf);
      }
    } else if (inner !== undefined) {
      found.set(at, String(inner));
    }
  }
  return found;
}
