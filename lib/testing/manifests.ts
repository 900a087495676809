import { type Chart, Yaml } from 'cdk8s';
import { differences } from './differences';
import { ManifestResult, type PartialManifest } from './result';

/** The manifests of one chart, in the order in which they are applied. */
export class Manifests {
  private readonly results: readonly ManifestResult[];

  /** Wraps manifests; {@link manifests} does it for a chart. */
  constructor(json: readonly Readonly<Record<string, unknown>>[]) {
    this.results = json.map((object) => new ManifestResult(object));
  }

  /** All manifests, or those of one kind, or those of one kind that hold everything that `where` holds. */
  all(kind?: string, where: PartialManifest = {}): readonly ManifestResult[] {
    return this.results.filter(({ json }) => (kind === undefined || json.kind === kind) && differences(where, json).length === 0);
  }

  /** The only manifest of a kind, or the one of that kind with that name. Throws, with a list of what there is, unless there is exactly one. */
  one(kind: string, name?: string): ManifestResult {
    const found = this.all(kind, name === undefined ? {} : { metadata: { name } });
    const [result] = found;
    if (result === undefined || found.length > 1) {
      const wanted = name === undefined ? kind : `${kind}/${name}`;
      const titles = (found.length > 1 ? found : this.results).map(({ title }) => title).sort();
      throw new Error(
        result === undefined
          ? `there is no ${wanted}; there ${titles.length === 0 ? 'is nothing at all' : `are:\n  ${titles.join('\n  ')}`}`
          : `there are ${found.length} of ${wanted}, name one:\n  ${titles.join('\n  ')}`,
      );
    }
    return result;
  }

  /** The whole chart as YAML, e.g. for a snapshot. */
  toYaml(): string {
    return Yaml.stringify(...this.results.map(({ json }) => json));
  }
}

/** Synthesizes one chart. Throws what `app.synth()` would throw; see {@link failing} for an app that should be refused. */
export function manifests(chart: Chart): Manifests {
  return new Manifests(chart.toJson());
}
