import { App, Chart, type ChartProps, Testing } from 'cdk8s';
import type { Container } from '../../lib/manifests/pod';
import { ModelServing, type ModelServingProps } from '../../lib/servers/model-serving';
import { PrefillDecodePair, type PrefillDecodePairProps } from '../../lib/servers/prefill-decode-pair';
import { WideEPGroup, type WideEPGroupProps } from '../../lib/servers/wide-ep-group';
import { Accelerator } from '../../lib/values/accelerator';
import { MODEL } from './specs';

/** A manifest as cdk8s writes it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into manifests of every kind
export type Any = any;

const BASE = { model: MODEL, accelerator: Accelerator.NVIDIA_H100 };

/** A chart in an app of its own. */
export function chartOf(props: ChartProps = {}): Chart {
  return new Chart(new App(), 'Chart', props);
}

/** What a chart emits. */
export function objectsOf(chart: Chart) {
  const objects = Testing.synth(chart) as Any[];
  const all = (kind: string): Any[] => objects.filter((object) => object.kind === kind);
  const one = (kind: string, name?: string): Any => {
    const found = all(kind).filter((object) => name === undefined || object.metadata.name === name);
    expect(found).toHaveLength(1);
    return found[0];
  };
  return { objects, all, one };
}

/** An aggregated server and what it emits. */
export function serving(props: Partial<ModelServingProps> = {}, chart: Chart = chartOf(), id = 'm') {
  const servers = new ModelServing(chart, id, { ...BASE, ...props });
  return { servers, ...objectsOf(chart), ...podOf(servers.workload.toJson()) };
}

/** A pair and what it emits. */
export function pair(props: Partial<PrefillDecodePairProps> = {}, chart: Chart = chartOf(), id = 'm') {
  const servers = new PrefillDecodePair(chart, id, { ...BASE, prefill: {}, decode: {}, ...props });
  const [prefill, decode] = servers.workloads.map((workload) => podOf(workload.toJson()));
  return { servers, ...objectsOf(chart), prefill: prefill as Pod, decode: decode as Pod };
}

const SIXTEEN = { parallelism: { data: 16 } };

/** A wide group, split over 2 × 2 nodes of eight, and what it emits. */
export function wide(props: Partial<WideEPGroupProps> = {}, chart: Chart = chartOf(), id = 'm') {
  const servers = new WideEPGroup(chart, id, { ...BASE, prefill: SIXTEEN, decode: SIXTEEN, ...props });
  const [prefill, decode] = servers.workloads.map((workload) => podOf(workload.toJson()));
  return { servers, ...objectsOf(chart), prefill: prefill as Pod, decode: decode as Pod };
}

/** The pod that a workload makes: of a group, the one that serves. */
export interface Pod {
  readonly workload: Any;
  readonly template: Any;
  readonly pod: Any;
  readonly engine: Container & Any;
  readonly sidecar: Any;
}

/** Takes a workload apart. */
function podOf(workload: Any): Pod {
  const group = workload.spec.leaderWorkerTemplate;
  const template = group === undefined ? workload.spec.template : (group.leaderTemplate ?? group.workerTemplate);
  const pod = template.spec;
  const engine = pod.containers.find(({ name }: Container) => name === 'modelserver');
  return { workload, template, pod, engine, sidecar: pod.initContainers?.find(({ name }: Container) => name === 'routing-proxy') };
}

/** All pod templates of a workload. */
export function templatesOf({ spec }: Any): Any[] {
  const group = spec.leaderWorkerTemplate;
  return group === undefined ? [spec.template] : [group.leaderTemplate, group.workerTemplate].filter((template) => template !== undefined);
}
