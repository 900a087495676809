import { type Finding, finding } from '../findings';
import { LabelIndex, type Labels, selectorOf } from '../label-index';
import { type Fields, fields, list, type PodView, type SynthModel, type SynthObject } from '../model';
import { portsOf, type Rule } from './rule';

/** V29: a monitor scrapes ports that what it selects has. */
export const monitors: Rule = (model) => [...podMonitors(model), ...serviceMonitors(model)];

function podMonitors(model: SynthModel): readonly Finding[] {
  const anywhere = new LabelIndex<PodView>();
  for (const pod of model.pods) {
    anywhere.add(undefined, pod.labels, pod);
  }
  return model.ofKind('PodMonitor').flatMap((monitor) => {
    const spec = fields(monitor.json.spec);
    const pods = selected(monitor, anywhere, (pod) => pod.workload.object.namespace);
    const ports = pods.flatMap((pod) => portsOf(pod.running));
    const has = ({ port, portNumber }: Fields) =>
      port === undefined
        ? portNumber === undefined || ports.some(({ number }) => number === Number(portNumber))
        : ports.some(({ name }) => name === port);
    return missing(model, monitor, pods.length, list(spec.podMetricsEndpoints), has);
  });
}

function serviceMonitors(model: SynthModel): readonly Finding[] {
  const anywhere = new LabelIndex<SynthObject>();
  for (const service of model.ofKind('Service')) {
    anywhere.add(undefined, fields(fields(service.json.metadata).labels) as Labels, service);
  }
  return model.ofKind('ServiceMonitor').flatMap((monitor) => {
    const services = selected(monitor, anywhere, ({ namespace }) => namespace);
    const names = new Set(services.flatMap((service) => list(fields(service.json.spec).ports).map((port) => fields(port).name)));
    const has = ({ port }: Fields) => port === undefined || names.has(port);
    return missing(model, monitor, services.length, list(fields(monitor.json.spec).endpoints), has);
  });
}

function selected<T>(monitor: SynthObject, anywhere: LabelIndex<T>, namespaceOf: (item: T) => string | undefined): readonly T[] {
  const spec = fields(monitor.json.spec);
  const { any, matchNames } = fields(spec.namespaceSelector);
  const names = list(matchNames);
  const admits = (namespace: string | undefined) =>
    any === true || (names.length > 0 ? names.includes(namespace) : namespace === monitor.namespace);
  return anywhere.select(undefined, selectorOf(spec.selector)).filter((item) => admits(namespaceOf(item)));
}

function missing(
  model: SynthModel,
  monitor: SynthObject,
  count: number,
  endpoints: readonly unknown[],
  has: (endpoint: Fields) => boolean,
): readonly Finding[] {
  // A monitor of the user may watch what another app deploys.
  if (count === 0 && !model.isOurs(monitor.path)) {
    return [];
  }
  return endpoints
    .map(fields)
    .filter((endpoint) => !has(endpoint))
    .map(({ port, portNumber }) =>
      finding('LLMD311', monitor.path, { kind: monitor.kind, monitor: monitor.name, port: String(port ?? portNumber) }),
    );
}
