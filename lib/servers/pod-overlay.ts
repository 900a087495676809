import type { PodTemplate } from '../manifests/pod';
import type { PodOverlay } from './role-spec';

/** By which field the items of a list are the same item; lists without a row are replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  ports: 'name',
  resourceClaims: 'name',
  imagePullSecrets: 'name',
  volumeMounts: 'mountPath',
};

/** Lists whose items hold one of several sources: what an overlay's item does not name goes away, else two sources would remain. */
const RETAIN_KEYS: ReadonlySet<string> = new Set(['env', 'volumes']);

type Plain = Readonly<Record<string, unknown>>;

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeList(key: string, base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  if (key === 'tolerations') {
    return [...base, ...over];
  }
  const mergeKey = MERGE_KEYS[key];
  if (mergeKey === undefined) {
    return over;
  }
  const merged = [...base];
  for (const item of over) {
    const identity = isPlain(item) ? item[mergeKey] : undefined;
    const at = identity === undefined ? -1 : merged.findIndex((other) => isPlain(other) && other[mergeKey] === identity);
    if (at === -1) {
      merged.push(item);
    } else {
      const old = merged[at] as Plain;
      const kept = RETAIN_KEYS.has(key) ? Object.fromEntries(Object.entries(old).filter(([field]) => field in (item as Plain))) : old;
      merged[at] = mergeMaps(kept, item as Plain);
    }
  }
  return merged;
}

function mergeMaps(base: Plain, over: Plain): Plain {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    if (value === undefined) {
      continue;
    }
    if (value === null) {
      delete merged[key];
    } else if (isPlain(old) && isPlain(value)) {
      merged[key] = mergeMaps(old, value);
    } else if (Array.isArray(old) && Array.isArray(value)) {
      merged[key] = mergeList(key, old, value);
    } else {
      merged[key] = value;
    }
  }
  return merged;
}

/**
 * Merges an overlay into a pod template as `kubectl patch` would (strategic merge): maps by key, containers, volumes, env and ports by
 * `name`, mounts by `mountPath`; tolerations are added; every other list is replaced. `null` removes a field. A volume or variable changes its
 * source when the overlay names another one.
 */
export function applyOverlay(template: PodTemplate, overlay: PodOverlay | undefined): PodTemplate {
  return overlay === undefined
    ? template
    : (mergeMaps(template as unknown as Plain, overlay as unknown as Plain) as unknown as PodTemplate);
}
