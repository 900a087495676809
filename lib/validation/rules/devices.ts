import type { Container } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { fields, list, named, type SynthModel } from '../model';
import { type EngineView, eachPod, enginesOf, quantityOf, type Rule, resourcesOf } from './rule';

/** True for a resource that a device plugin hands out in whole pieces. */
function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.startsWith('kubernetes.io/') && !resource.includes('.kubernetes.io/');
}

/** V3: extended resources are requested as they are limited. */
export const extendedResources: Rule = eachPod(({ workload, initContainers, containers }) =>
  [...initContainers, ...containers].flatMap((container) => checkContainer(workload.object.path, container)),
);

function checkContainer(path: string, container: Container): readonly Finding[] {
  const requests = resourcesOf(container, 'requests');
  const limits = resourcesOf(container, 'limits');
  const names = new Set([...Object.keys(requests), ...Object.keys(limits)].filter(isExtended));
  return [...names].flatMap((resource) => {
    // The API server fills a missing request from the limit, but not the other way round.
    const limit = limits[resource];
    const request = requests[resource] ?? limit;
    return limit !== undefined && quantityOf(request) === quantityOf(limit)
      ? []
      : [finding('LLMD229', path, { container: container.name, resource, request: String(request), limit: String(limit ?? 0) })];
  });
}

/** V1, V5: each pod gets as many devices as its ranks need, from a device plugin or by claim. */
export const acceleratorCount: Rule = (model) => enginesOf(model).flatMap((engine) => checkCount(model, engine));

function checkCount(model: SynthModel, { role, container, workload, pod }: EngineView): readonly Finding[] {
  const { accelerator, layout } = role;
  if (!accelerator.requestsDevices) {
    return [];
  }
  const { dra, resourceName } = accelerator;
  const resource = dra?.deviceClass ?? resourceName ?? '';
  const given =
    dra === undefined
      ? (quantityOf(resourcesOf(container, 'limits')[resource]) ?? 0)
      : claimed(model, { container, workload, pod }, resource);
  const needed = layout.acceleratorsPerPod;
  return given === undefined || given === needed
    ? []
    : [finding('LLMD228', workload.object.path, { container: container.name, given, resource, needed })];
}

/** Devices of a class that the claims of a container ask for; undefined when a claim is defined elsewhere or asks for all there are. */
function claimed(model: SynthModel, at: Pick<EngineView, 'container' | 'workload' | 'pod'>, deviceClass: string): number | undefined {
  const used = new Set(named(fields(at.container.resources).claims).map(({ name }) => name));
  const claims = named<{ name: string; resourceClaimTemplateName?: string }>(at.pod.spec.resourceClaims).filter(({ name }) =>
    used.has(name),
  );
  let sum = 0;
  for (const { resourceClaimTemplateName: template } of claims) {
    const object = model.find('ResourceClaimTemplate', at.workload.object.namespace, template ?? '');
    if (object === undefined) {
      return undefined;
    }
    const { requests } = fields(fields(fields(object.json.spec).spec).devices);
    for (const request of list(requests)) {
      const { deviceClassName, count, allocationMode } = fields(fields(request).exactly);
      if (deviceClassName === deviceClass && allocationMode === 'All') {
        return undefined;
      }
      sum += deviceClassName === deviceClass ? Number(count ?? 1) : 0;
    }
  }
  return sum;
}
