import { type Finding, finding } from '../findings';
import { fields, type SynthModel, type SynthObject, type Workload } from '../model';
import { flagsOf, wordsOf } from './command-line';
import { type EngineView, enginesOf, type Rule } from './rule';

/** V7: the all-to-all backend fits the role, and there are experts to exchange. */
export const allToAll: Rule = (model) =>
  enginesOf(model).flatMap(({ role, container, workload }) => {
    const flags = flagsOf(container);
    const backend = flags.get('all2all-backend');
    if (backend === undefined) {
      return [];
    }
    const split = role.transfer !== undefined;
    const problems = [
      ...(backend.startsWith('deepep') && !flags.has('enable-expert-parallel')
        ? ['exchanges tokens between experts, but expert parallelism is off: set `parallelism.expert`']
        : []),
      ...(split && role.role === 'prefill' && backend === 'deepep_low_latency'
        ? ['is made for decode: use deepep_high_throughput for prefill']
        : []),
      ...(split && role.role === 'decode' && backend === 'deepep_high_throughput'
        ? ['is made for prefill: use deepep_low_latency for decode']
        : []),
    ];
    return problems.map((problem) => finding('LLMD409', workload.object.path, { backend, problem }));
  });

/** V7: experts over several pods are exchanged over RDMA. */
export const wideNetwork: Rule = ({ servers }) =>
  servers.flatMap(({ topology, roles }) =>
    roles
      .filter(({ layout, network }) => topology === 'wide-ep' && layout.expert && layout.podsPerReplica > 1 && !network.isRdma)
      .map(({ path, layout }) => finding('LLMD410', path, { pods: layout.podsPerReplica })),
  );

/** V2, V68: a group has the pods that its layout needs, and its workers do not wait for a leader that waits for them. */
export const groups: Rule = (model) => [
  ...model.ofKind('LeaderWorkerSet').flatMap((object) => startup(model, object)),
  ...enginesOf(model).flatMap(groupSize),
];

function startup(model: SynthModel, object: SynthObject): readonly Finding[] {
  const { startupPolicy } = fields(object.json.spec);
  const usesLeader = model.workloadOf(object)?.pods.some(({ containers }) => containers.some((one) => wordsOf(one).some(namesLeader)));
  return startupPolicy !== undefined && startupPolicy !== 'LeaderCreated' && (usesLeader || startupPolicy !== 'LeaderReady')
    ? [finding('LLMD411', object.path, { given: String(startupPolicy) })]
    : [];
}

function namesLeader(word: string): boolean {
  return word.includes('LWS_LEADER_ADDRESS');
}

function groupSize({ role, workload, container }: EngineView): readonly Finding[] {
  if (workload.object.kind !== 'LeaderWorkerSet') {
    return [];
  }
  const size = sizeOf(workload);
  const { podsPerReplica } = role.layout;
  const flags = flagsOf(container);
  const data = flags.number('data-parallel-size');
  const local = flags.number('data-parallel-size-local');
  const problems = [
    ...(size === podsPerReplica
      ? []
      : [`has groups of ${size} pods, the parallel layout needs ${podsPerReplica}: change \`parallelism\` instead`]),
    ...(data === undefined || local === undefined || data === local * size
      ? []
      : [`has groups of ${size} pods with ${local} ranks each, its engine expects ${data} ranks: change \`parallelism\` instead`]),
  ];
  return problems.map((problem) => finding('LLMD414', workload.object.path, { workload: workload.object.name, problem }));
}

function sizeOf({ object }: Workload): number {
  return Number(fields(fields(object.json.spec).leaderWorkerTemplate).size ?? 1);
}
