import type { PodSpec } from '../manifests/pod';
import { ensure } from '../validation/error';

/** Throws LLMD557 when two containers, volumes, port names or port numbers of a pod are the same. */
export function checkUniqueNames(spec: PodSpec): void {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const ports = containers.flatMap((container) => container.ports ?? []);
  once('container', containers, ({ name }) => name);
  once('volume', spec.volumes ?? [], ({ name }) => name);
  once('port', ports, ({ name = '' }) => name);
  once('port', ports, ({ containerPort, protocol = 'TCP' }) => `${containerPort}/${protocol}`);
}

function once<T>(kind: string, items: readonly T[], nameOf: (item: T) => string): void {
  const seen = new Set<string>();
  for (const name of items.map(nameOf)) {
    ensure(name === '' || !seen.has(name), 'LLMD557', { kind, name });
    seen.add(name);
  }
}
