import type { Container, Probe } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { fields, type PodView } from '../model';
import { describePorts, eachPod, isServingStack, portsOf, type Rule } from './rule';

const PORT_NAME = /^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;

/** True when the API server takes a text as the name of a port. */
function isPortName(name: string): boolean {
  return PORT_NAME.test(name) && /[a-z]/.test(name) && !name.includes('--');
}

/** V28: ports of a pod have legal names, each once, and containers that run side by side listen on different numbers. */
export const ports: Rule = eachPod((pod) => {
  const { path, name: workload } = pod.workload.object;
  const stack = isServingStack(pod);
  const found: Finding[] = [];
  const names = new Set<string>();
  const numbers = new Map<string, Container>();
  for (const { name, number, protocol, container } of portsOf(pod.running)) {
    if (name !== undefined && (!isPortName(name) || (stack && names.has(name)))) {
      found.push(finding('LLMD309', path, { name, workload }));
    }
    names.add(name ?? '');
    const key = `${number}/${protocol}`;
    const first = numbers.get(key);
    if (stack && first !== undefined) {
      found.push(finding('LLMD310', path, { port: number, protocol, first: first.name, second: container.name, workload }));
    }
    numbers.set(key, first ?? container);
  }
  return found;
});

/** V27: a probe asks a port of its own container. */
export const probes: Rule = eachPod((pod) => pod.running.flatMap((container) => checkProbes(pod, container)));

function checkProbes(pod: PodView, container: Container): readonly Finding[] {
  const own = portsOf([container]);
  return (['startup', 'readiness', 'liveness'] as const).flatMap((probe) => {
    const port = probedPort(container[`${probe}Probe`] as Probe | undefined);
    // A number that is not declared may still be listened on; for pods that we write it is a mistake.
    const known =
      port === undefined ||
      own.some(({ name, number }) => port === name || port === number) ||
      (typeof port === 'number' && !isServingStack(pod));
    return known
      ? []
      : [finding('LLMD308', pod.workload.object.path, { probe, container: container.name, port, allowed: describePorts(own) })];
  });
}

function probedPort(probe: Probe | undefined): string | number | undefined {
  const { httpGet, grpc, tcpSocket } = fields(probe);
  const { port, host } = fields(httpGet ?? grpc ?? tcpSocket);
  if (host !== undefined || (typeof port !== 'string' && typeof port !== 'number')) {
    return undefined;
  }
  return /^\d+$/.test(String(port)) ? Number(port) : port;
}
