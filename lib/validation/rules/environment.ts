import type { Container } from '../../manifests/pod';
import { type Finding, finding } from '../findings';
import { list } from '../model';
import { isShell } from './command-line';
import { eachPod, envOf, isServingStack, type Rule } from './rule';

/** V60: variables have one value each, and are defined before they are referred to. */
export const environment: Rule = eachPod((pod) =>
  isServingStack(pod)
    ? [...pod.initContainers, ...pod.containers].flatMap((container) => [
        ...twice(pod.workload.object.path, container),
        ...references(pod.workload.object.path, container),
      ])
    : [],
);

function twice(path: string, container: Container): readonly Finding[] {
  const names = envOf(container).map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => finding('LLMD705', path, { container: container.name, name }));
}

const REFERENCE = /\$(\$|\(([A-Za-z_][\w.-]*)\))/g;
/** Variables that the kubelet adds for each Service, before those of the container. */
const OF_SERVICES = /_SERVICE_(HOST|PORT)|_PORT(_|$)/;

function references(path: string, container: Container): readonly Finding[] {
  if (container.envFrom !== undefined) {
    return [];
  }
  const defined = new Set<string>();
  const unknown = (text: string) =>
    [...text.matchAll(REFERENCE)].flatMap(([, , name]) =>
      name === undefined || defined.has(name) || OF_SERVICES.test(name) ? [] : [name],
    );
  const tell = (name: string, where: string) => finding('LLMD706', path, { container: container.name, name, where });
  const found: Finding[] = [];
  for (const { name, value } of envOf(container)) {
    found.push(...unknown(String(value ?? '')).map((reference) => tell(reference, name)));
    defined.add(name);
  }
  // In a script `$(name)` is more likely a command than a variable, unless it is written like one.
  const isVariable = (name: string) => !isShell(container) || name === name.toUpperCase();
  const words = [...list(container.command), ...list(container.args)].map(String);
  return [
    ...found,
    ...words
      .flatMap(unknown)
      .filter(isVariable)
      .map((reference) => tell(reference, 'its command line')),
  ];
}
