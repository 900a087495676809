import { finding } from '../findings';
import { flagsOf } from './command-line';
import { eachPod, enginesOf, envValue, isServingStack, type Rule } from './rule';

/** Flags whose value the engines read as JSON. */
const JSON_FLAGS = [
  'kv-transfer-config',
  'kv-events-config',
  'ec-transfer-config',
  'compilation-config',
  'speculative-config',
  'hf-overrides',
];

/** V69: values that an engine reads as JSON are JSON, also when a patch wrote them. */
export const jsonFlags: Rule = eachPod((pod) =>
  (isServingStack(pod) ? pod.running : []).flatMap((container) => {
    const flags = flagsOf(container);
    return JSON_FLAGS.flatMap((flag) => {
      const problem = flags.has(flag) ? problemOf(flags.get(flag)) : undefined;
      return problem === undefined
        ? []
        : [finding('LLMD713', pod.workload.object.path, { flag: `--${flag}`, container: container.name, problem })];
    });
  }),
);

function problemOf(text: string | undefined): string | undefined {
  if (text === undefined) {
    return 'it has no value';
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
}

/** Seconds that a pod gets to end when it names none. Source: Kubernetes. */
const DEFAULT_GRACE_SECONDS = 30;

/** V66: pods live as long as their engine may take to end. */
export const gracePeriod: Rule = (model) =>
  enginesOf(model).flatMap(({ pod, container, workload }) => {
    const needed = flagsOf(container).number('shutdown-timeout') ?? 0;
    const grace = pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    return grace < needed ? [finding('LLMD714', workload.object.path, { grace, needed })] : [];
  });

/** What UCX calls the memory of each vendor's devices. */
const UCX_MEMORY: Readonly<Record<string, string>> = { cuda: 'nvidia', rocm: 'amd', ze: 'intel' };

/** V62: UCX copies the memory of the devices that the pod has. */
export const ucxMemory: Rule = (model) =>
  enginesOf(model).flatMap(({ role, container, workload }) => {
    const { vendor, name } = role.accelerator;
    const transports = (envValue(container, 'UCX_TLS') ?? '').split(',');
    const foreign = transports.filter((transport) => {
      const of = UCX_MEMORY[/^\^?(cuda|rocm|ze)_/.exec(transport)?.[1] ?? ''];
      return of !== undefined && of !== vendor;
    });
    const [word] = Object.entries(UCX_MEMORY).find(([, of]) => of === vendor) ?? [];
    return foreign.length === 0
      ? []
      : [
          finding('LLMD709', workload.object.path, {
            container: container.name,
            given: foreign.join(', '),
            allowed: word === undefined ? 'none of them' : `${word}_copy`,
            accelerator: name,
          }),
        ];
  });
