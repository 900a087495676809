import { ApiObject, type App, Chart, DependencyGraph } from 'cdk8s';

/** One object of an app, rendered. */
export interface SynthesizedObject {
  readonly object: ApiObject;
  /** The manifest, as `cdk8s synth` would write it. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Objects that must exist before it, direct ones. */
  readonly dependencies: readonly ApiObject[];
  /** These, and all that must exist before them. */
  readonly needs: ReadonlySet<ApiObject>;
}

/**
 * Validates an app and renders every object of every chart once, dependencies first. Throws what the validation of cdk8s throws.
 *
 * cdk8s validates the whole app and puts the dependencies of constructs and charts onto their objects whenever a chart is rendered, so
 * only the first chart is rendered by it; the others are read in the order in which it would have written them.
 */
export function synthesize(app: App): readonly SynthesizedObject[] {
  app.charts[0]?.toJson();
  // Only now does the order of charts follow the dependencies between their objects, in which no object can precede what it needs.
  const objects = app.charts.flatMap((chart) =>
    new DependencyGraph(chart.node)
      .topology()
      .filter((construct) => ApiObject.isApiObject(construct))
      .filter((object) => Chart.of(object) === chart),
  );
  return withDependencies(objects);
}

/**
 * The direct dependencies of each object, without those that another one of them has already: when one chart depends on another,
 * cdk8s lets every object of the first depend on every object of the second, and Pulumi, which waits along whole paths, would keep all
 * of these edges in its state for nothing.
 */
function withDependencies(objects: readonly ApiObject[]): readonly SynthesizedObject[] {
  const position = new Map(objects.map((object, index) => [object, index]));
  const reached = new Map<ApiObject, Set<ApiObject>>();
  return objects.map((object) => {
    const direct = object.node.dependencies
      .filter((construct) => ApiObject.isApiObject(construct))
      .filter((dependency) => position.has(dependency))
      .sort((a, b) => (position.get(b) as number) - (position.get(a) as number));
    const all = new Set<ApiObject>();
    const dependencies: ApiObject[] = [];
    for (const dependency of direct) {
      if (!all.has(dependency)) {
        dependencies.unshift(dependency);
        for (const known of [dependency, ...(reached.get(dependency) ?? [])]) {
          all.add(known);
        }
      }
    }
    reached.set(object, all);
    return { object, json: object.toJson(), dependencies, needs: all };
  });
}
