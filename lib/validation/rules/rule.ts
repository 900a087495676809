import type { Container, EnvVar } from '../../manifests/pod';
import { hasPlaceholder } from '../../util/placeholder';
import { isQuantity, parseQuantity } from '../../util/quantity';
import type { RolePlan, ServersPlan } from '../../values/plan';
import type { Finding } from '../findings';
import { fields, named, type PodView, type SynthModel, type Workload } from '../model';

/** A cross-cutting rule: what is wrong between the objects and plans of one synth. Pure. */
export type Rule = (model: SynthModel) => readonly Finding[];

/** A rule that looks at one pod at a time. */
export function eachPod(check: (pod: PodView) => readonly Finding[]): Rule {
  return ({ pods }) => pods.flatMap(check);
}

/**
 * True for pods of this library, and for pods that a pool sends requests to. Of all other pods only what the API server refuses is
 * told: how they are run is not ours to judge.
 */
export function isServingStack(pod: PodView): boolean {
  return pod.workload.ours || pod.pools.length > 0;
}

/** True for workloads with such pods. */
export function runsServingStack({ pods }: Workload): boolean {
  return pods.some(isServingStack);
}

/** The engine of one role, as it will run. */
export interface EngineView {
  readonly servers: ServersPlan;
  readonly role: RolePlan;
  readonly workload: Workload;
  readonly pod: PodView;
  readonly container: Container;
  /** False for pods that run ranks but take no requests. */
  readonly serving: boolean;
}

/** Every engine container of every role; none for a role whose workload or container a patch has taken away. */
export function enginesOf({ pods }: Pick<SynthModel, 'pods'>): readonly EngineView[] {
  return pods.flatMap((pod) => {
    const { role, servers } = pod.workload;
    const container = pod.containers.find(({ name }) => name === role?.containerName);
    if (role === undefined || servers === undefined || container === undefined) {
      return [];
    }
    const serving = Object.entries(servers.poolLabels).every(([key, value]) => pod.labels[key] === value);
    return [{ servers, role, workload: pod.workload, pod, container, serving }];
  });
}

/** One engine of each role: that of a pod which takes requests, where there is one. */
export function engineOfRole(model: Pick<SynthModel, 'pods'>): ReadonlyMap<RolePlan, EngineView> {
  const byRole = new Map<RolePlan, EngineView>();
  for (const engine of enginesOf(model)) {
    if (engine.serving || !byRole.has(engine.role)) {
      byRole.set(engine.role, engine);
    }
  }
  return byRole;
}

/** Environment of a container. */
export function envOf(container: Container): readonly EnvVar[] {
  return named<EnvVar>(container.env);
}

/** Value of a variable that is written in the manifest; undefined when it is absent or comes from elsewhere. */
export function envValue(container: Container, name: string): string | undefined {
  const value = envOf(container)
    .filter((variable) => variable.name === name)
    .at(-1)?.value;
  return value === undefined ? undefined : String(value);
}

/** True when the container has the variable, wherever its value comes from. */
export function hasEnv(container: Container, name: string): boolean {
  return container.envFrom !== undefined || envOf(container).some((variable) => variable.name === name);
}

/** Requests or limits of a container. */
export function resourcesOf(container: Container, which: 'requests' | 'limits'): Readonly<Record<string, unknown>> {
  return fields(fields(container.resources)[which]);
}

/** A quantity as a number; undefined when it is none. */
export function quantityOf(value: unknown): number | undefined {
  const text = String(value);
  return value !== undefined && isQuantity(text) ? parseQuantity(text) : undefined;
}

/** One port of a container. */
export interface PortView {
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: string;
  readonly container: Container;
}

/** Ports that containers declare. */
export function portsOf(containers: readonly Container[]): readonly PortView[] {
  return containers.flatMap((container) =>
    (Array.isArray(container.ports) ? container.ports : []).flatMap((port) => {
      const { name, containerPort, protocol } = fields(port);
      const number = Number(containerPort);
      return Number.isInteger(number)
        ? [{ name: typeof name === 'string' ? name : undefined, number, protocol: String(protocol ?? 'TCP'), container }]
        : [];
    }),
  );
}

/** Ports in words, for messages. */
export function describePorts(ports: readonly PortView[]): string {
  return ports.map(({ name, number }) => (name === undefined ? String(number) : `${name} (${number})`)).join(', ') || 'none';
}

/** A namespace in words. */
export function describeNamespace(namespace: string | undefined): string {
  return namespace === undefined ? '(none)' : hasPlaceholder(namespace) ? '(known at deployment)' : `"${namespace}"`;
}
