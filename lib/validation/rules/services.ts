import { type Finding, finding } from '../findings';
import { equalitySelector } from '../label-index';
import { fields, list, type SynthModel, type SynthObject } from '../model';
import { describePorts, isServingStack, portsOf, type Rule } from './rule';

/** V28, V53: ports of a Service are unique, named where there are several, and lead to a port of the pods that it selects. */
export const services: Rule = (model) => model.ofKind('Service').flatMap((service) => [...uniqueness(service), ...targets(model, service)]);

interface ServicePortView {
  readonly name: string | undefined;
  readonly port: number;
  readonly target: string | number;
  readonly protocol: string;
}

function portsOfService(service: SynthObject): readonly ServicePortView[] {
  return list(fields(service.json.spec).ports).map((value) => {
    const { name, port, targetPort, protocol } = fields(value);
    const target = targetPort ?? port;
    return {
      name: typeof name === 'string' ? name : undefined,
      port: Number(port),
      target: /^\d+$/.test(String(target)) ? Number(target) : String(target),
      protocol: String(protocol ?? 'TCP'),
    };
  });
}

function uniqueness(service: SynthObject): readonly Finding[] {
  const ports = portsOfService(service);
  const problems = new Set<string>();
  const numbers = new Set<string>();
  const names = new Set<string>();
  for (const { name, port, protocol } of ports) {
    const key = `${port}/${protocol}`;
    if (numbers.has(key)) {
      problems.add(`has port ${key} twice: keep one`);
    }
    numbers.add(key);
    if (name === undefined ? ports.length > 1 : names.has(name)) {
      problems.add(
        name === undefined ? `has several ports, and port ${key} has no name: name each` : `has two ports named "${name}": rename one`,
      );
    }
    names.add(name ?? '');
  }
  return [...problems].map((problem) => finding('LLMD312', service.path, { service: service.name, problem }));
}

function targets(model: SynthModel, service: SynthObject): readonly Finding[] {
  const pods = model.select(service.namespace, equalitySelector(fields(service.json.spec).selector));
  if (pods.length === 0) {
    return [];
  }
  const declared = pods.flatMap((pod) => portsOf(pod.running));
  const names = new Set(declared.map(({ name }) => name));
  const numbers = new Set(declared.map(({ number }) => number));
  // Other pods may listen on ports that they do not declare.
  const allDeclared = pods.every(isServingStack);
  return portsOfService(service)
    .filter(({ target }) => (typeof target === 'string' ? !names.has(target) : allDeclared && !numbers.has(target)))
    .map(({ port, target }) => {
      const problem = `sends port ${port} to port ${target} of its pods, which have ${describePorts(declared.slice(0, 12))}: correct \`targetPort\``;
      return finding('LLMD312', service.path, { service: service.name, problem });
    });
}
