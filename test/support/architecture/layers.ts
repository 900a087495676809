import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { type Import, importsOf, resolveImport } from './imports';
import type { Problem } from './problem';
import type { Sources } from './sources';

/** What a part of `lib/` may import at run time. Type-only imports are free, except of `pulumi`. */
interface Layer {
  /** Parts of `lib/`, by the first word of the path below it. */
  readonly inside: readonly string[];
  /** Packages. */
  readonly packages: readonly string[];
  /** The only names that may be taken from a package, where not all may. */
  readonly only?: Readonly<Record<string, readonly string[]>>;
}

/** Codes, errors and findings, and the run at a synth: open to everybody. The rules are a part of their own, `validation/rules`. */
const VALIDATION = 'validation';
const RULES = 'validation/rules';
/** The tag that the build records: a value without imports, which `versions` shows. */
const BUNDLED = 'router/bundled-tag';

const CDK8S_UNITS = { cdk8s: ['Size', 'Duration'] };
const VALUES = ['util', 'versions', 'values', VALIDATION];
const CHOICES = [...VALUES, 'cluster'];
const SERVERS = [...CHOICES, 'engines', 'routing', 'operations', 'manifests', RULES];
const CONSTRUCTS = ['cdk8s', 'constructs', 'cdk8s-plus-28', 'llm-d-epp-config'];
const ALL = [...SERVERS, 'servers', 'router', 'gateway', 'serving-chart'];

/**
 * The direction of imports: util, versions, values, cluster, then engines beside routing beside operations, servers, router,
 * gateway, serving-chart, index. A part may always import itself.
 */
const LAYERS: Readonly<Record<string, Layer>> = {
  util: { inside: [VALIDATION], packages: ['llm-d-epp-config'], only: { 'llm-d-epp-config': ['nearestName'] } },
  [BUNDLED]: { inside: [], packages: [] },
  versions: { inside: ['util', BUNDLED], packages: [] },
  [VALIDATION]: { inside: ['util', 'values', 'cluster', RULES], packages: ['cdk8s'], only: CDK8S_UNITS },
  [RULES]: { inside: [...CHOICES, 'engines'], packages: ['cdk8s'], only: CDK8S_UNITS },
  values: { inside: VALUES, packages: ['cdk8s'], only: CDK8S_UNITS },
  manifests: { inside: ['util', 'versions'], packages: ['cdk8s', 'constructs'] },
  cluster: { inside: CHOICES, packages: ['cdk8s', 'constructs'] },
  engines: { inside: CHOICES, packages: ['cdk8s'], only: CDK8S_UNITS },
  routing: { inside: CHOICES, packages: ['cdk8s', 'llm-d-epp-config'], only: CDK8S_UNITS },
  operations: { inside: [...CHOICES, 'manifests'], packages: CONSTRUCTS },
  servers: { inside: SERVERS, packages: CONSTRUCTS },
  router: { inside: [...CHOICES, BUNDLED, 'engines', 'routing', 'operations', 'manifests', 'servers'], packages: CONSTRUCTS },
  gateway: { inside: [...SERVERS, 'servers', 'router'], packages: CONSTRUCTS },
  'serving-chart': { inside: ALL, packages: CONSTRUCTS },
  index: { inside: ALL, packages: [] },
  cli: { inside: [...CHOICES, 'router'], packages: ['cdk8s', 'llm-d-epp-config'] },
  testing: { inside: [], packages: ['cdk8s'] },
  pulumi: { inside: ['index', 'util', VALIDATION], packages: ['cdk8s', 'constructs', '@pulumi/pulumi', '@pulumi/kubernetes'] },
};

/** The part of `lib/` that a file belongs to. */
function partOf(file: string): string {
  const path = file.replace(/^lib\//, '').replace(/\.ts$/, '');
  if (path === BUNDLED) {
    return BUNDLED;
  }
  const [first = '', second] = path.split('/');
  return first === VALIDATION && second === 'rules' ? RULES : first;
}

/** Package of a bare specifier: `@pulumi/kubernetes/core/v1` is of `@pulumi/kubernetes`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function checkInside(part: string, layer: Layer, from: string, entry: Import, sources: Sources): string | undefined {
  const target = resolveImport(from, entry.specifier, sources);
  if (target === undefined) {
    return `imports ${entry.specifier}, which is no source file of lib/`;
  }
  const to = partOf(target);
  if (to === 'pulumi' && part !== 'pulumi') {
    return `imports ${target}: nobody may import pulumi, not even its types`;
  }
  if (entry.typeOnly || to === part || layer.inside.includes(to)) {
    return undefined;
  }
  return `is of ${part} and imports ${target} at run time: ${part} may import ${layer.inside.join(', ') || 'nothing'}`;
}

function checkPackage(part: string, layer: Layer, entry: Import): string | undefined {
  const name = packageOf(entry.specifier);
  if (name.startsWith('@pulumi') && part !== 'pulumi') {
    return `imports ${entry.specifier}: only lib/pulumi may`;
  }
  if (entry.typeOnly || name.startsWith('node:')) {
    return undefined;
  }
  if (builtinModules.includes(name)) {
    return `imports ${name} without "node:"`;
  }
  if (!layer.packages.includes(name)) {
    return `is of ${part} and imports ${entry.specifier} at run time: ${part} may import ${layer.packages.join(', ') || 'no package'}`;
  }
  const only = layer.only?.[name];
  const extra = only === undefined ? [] : (entry.names ?? ['*']).filter((taken) => !only.includes(taken));
  return extra.length === 0 ? undefined : `takes ${extra.join(', ')} of ${name} at run time: ${part} may take ${only?.join(', ')}`;
}

/** Imports of `lib/` that go against the direction. */
export function checkLayers(sources: Sources): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    const part = partOf(file);
    const layer = LAYERS[part];
    if (layer === undefined) {
      problems.push({ where: file, what: `is in a part of lib/ without import rules (${part}): add it to LAYERS` });
      continue;
    }
    for (const entry of importsOf(file, text)) {
      const what = entry.specifier.startsWith('.') ? checkInside(part, layer, file, entry, sources) : checkPackage(part, layer, entry);
      if (what !== undefined) {
        problems.push({ where: entry.where, what });
      }
    }
  }
  return problems;
}

/** Imports of a package's sources that leave its folder, or that name a package other than the allowed ones. */
export function checkPackageImports(sources: Sources, folder: string, packages: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    for (const entry of importsOf(file, text)) {
      const inside = entry.specifier.startsWith('.') && posix.join(posix.dirname(file), entry.specifier).startsWith(`${folder}/`);
      const allowed = entry.specifier.startsWith('node:') || packages.includes(packageOf(entry.specifier));
      if (!inside && !allowed) {
        problems.push({
          where: entry.where,
          what: `imports ${entry.specifier}: ${folder} may import itself, ${packages.join(', ') || 'no package'}`,
        });
      }
    }
  }
  return problems;
}

/** Cycles among the run-time imports, each once, as `a -> b -> a`. */
export function checkCycles(sources: Sources): Problem[] {
  const graph = new Map<string, string[]>();
  for (const [file, text] of sources) {
    const values = importsOf(file, text).filter((entry) => !entry.typeOnly && entry.specifier.startsWith('.'));
    graph.set(file, [...new Set(values.flatMap((entry) => resolveImport(file, entry.specifier, sources) ?? []))]);
  }
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      problems.push({ where: file, what: `is in an import cycle: ${[...path.slice(at), file].join(' -> ')}` });
    } else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) {
        visit(next, [...path, file]);
      }
      done.add(file);
    }
  };
  for (const file of graph.keys()) {
    visit(file, []);
  }
  return problems;
}
