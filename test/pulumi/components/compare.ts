import { App } from 'cdk8s';
import { acknowledge, ServingChart, type ServingChartProps } from 'cdk8s-llm-d';
import type { ProgramRun, Registration } from '../support';

type Manifest = Readonly<Record<string, unknown>>;

/** What a cdk8s program writes, by kind, namespace and name. */
export function written(props: ServingChartProps, build: (chart: ServingChart) => unknown): Readonly<Record<string, Manifest>> {
  const chart = new ServingChart(new App(), 'chart', props);
  acknowledge(chart, 'LLMD314', 'the gateway is in another chart');
  build(chart);
  return byIdentity(chart.toJson());
}

/** What a Pulumi program registers, without the annotations by which Pulumi waits. */
export function registered(objects: readonly Registration[]): Readonly<Record<string, Manifest>> {
  return byIdentity(objects.map(({ inputs }) => withoutWaits(inputs)));
}

/** The URN as the engine makes it; mocks leave out the types of grandparents. */
export function urnOf(run: ProgramRun<unknown>, one: Registration): string {
  const parent = run.registrations.find(({ urn }) => urn === one.parent);
  const [prefix, types] = parent === undefined ? [one.urn.split('::').slice(0, 2).join('::'), ''] : splitUrn(urnOf(run, parent));
  return `${prefix}::${types}${one.token}::${one.name}`;
}

function splitUrn(urn: string): readonly [string, string] {
  const [stack, project, types] = urn.split('::');
  return [`${stack}::${project}`, `${types}$`];
}

function byIdentity(manifests: readonly Manifest[]): Readonly<Record<string, Manifest>> {
  const entries = manifests.map((manifest) => {
    const { name, namespace } = manifest.metadata as { name: string; namespace?: string };
    return [`${manifest.kind} ${namespace}/${name}`, manifest] as const;
  });
  expect(new Set(entries.map(([key]) => key)).size).toBe(manifests.length);
  return Object.fromEntries(entries);
}

function withoutWaits(manifest: Manifest): Manifest {
  const { annotations = {}, ...metadata } = manifest.metadata as { annotations?: Record<string, string> };
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith('pulumi.com/'));
  return { ...manifest, metadata: { ...metadata, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) } };
}
