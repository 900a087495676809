import type { Code } from './codes';

/**
 * What becomes of a rule: `checked` by code, `impossible` to break because the library derives what it compares, or `later`.
 */
export type RuleStatus = 'checked' | 'impossible' | 'later';

/** One rule that a deployment of llm-d must keep, and how this library sees to it. */
export interface RuleRow {
  /** Number of the rule, `V1`, `V2`, …; never reused. */
  readonly v: `V${number}`;
  readonly status: RuleStatus;
  /** Codes that tell of a breach; empty unless `checked`. */
  readonly codes: readonly Code[];
  /** The rule and the way in which it is kept, in one sentence for `docs/rules.md`. */
  readonly how: string;
}

/** Every rule, in the order of its number. `npm run docs` writes it into `docs/rules.md`. */
export const RULE_TABLE: readonly RuleRow[] = [
  {
    v: 'V1',
    status: 'checked',
    codes: ['LLMD228', 'LLMD213', 'LLMD201'],
    how: 'Devices of each pod are computed from tensor × pipeline × local data ranks and the ranks that a device holds; what a patch, an overlay or `viaDra({ count })` makes of it is compared in the rendered pods, claims included.',
  },
  {
    v: 'V2',
    status: 'checked',
    codes: ['LLMD211', 'LLMD214', 'LLMD414'],
    how: 'Group size and ranks are computed from `parallelism`; the rendered LeaderWorkerSet and its engine flags are compared with it.',
  },
  { v: 'V3', status: 'checked', codes: ['LLMD229'], how: 'Every container of every rendered pod, also of those that are not ours.' },
  {
    v: 'V4',
    status: 'checked',
    codes: ['LLMD210', 'LLMD211', 'LLMD228'],
    how: 'A rank that does not fit a node of the accelerator is refused at once; rendered pods must keep the count that was computed.',
  },
  {
    v: 'V5',
    status: 'checked',
    codes: ['LLMD201', 'LLMD228'],
    how: 'Topologies are those that GKE knows, and a pod requests the chips of one host of the slice.',
  },
  {
    v: 'V6',
    status: 'checked',
    codes: ['LLMD230'],
    how: 'The most that all workloads of a namespace may take, autoscaled ones at their maximum, is compared with a ResourceQuota that the app writes; a quota that lives only in the cluster is not known.',
  },
  {
    v: 'V7',
    status: 'checked',
    codes: ['LLMD212', 'LLMD409', 'LLMD410'],
    how: 'Expert parallelism needs several ranks, DeepEP needs experts and its mode fits the role, experts over several pods want RDMA; flashinfer_nvlink is not offered.',
  },
  { v: 'V8', status: 'later', codes: [], how: 'ComputeDomains (multi-node NVLink) are not written yet.' },
  {
    v: 'V9',
    status: 'checked',
    codes: ['LLMD215'],
    how: 'Attention and key/value heads of well-known models, or as given, are compared with tensor parallelism.',
  },
  {
    v: 'V10',
    status: 'checked',
    codes: ['LLMD220'],
    how: 'Memory-backed volumes of a container and 4 GiB for the engine are compared with its memory limit; CPU offload is not built yet.',
  },
  {
    v: 'V11',
    status: 'checked',
    codes: ['LLMD221', 'LLMD222'],
    how: 'Every memory-backed volume has a size limit, and one volume at most is mounted at /dev/shm.',
  },
  { v: 'V12', status: 'checked', codes: ['LLMD223'], how: 'Engines of several ranks, or with a transfer, have a volume at /dev/shm.' },
  {
    v: 'V13',
    status: 'checked',
    codes: ['LLMD224', 'LLMD225', 'LLMD226'],
    how: 'Mounts and volumes of every rendered pod are compared; an unused volume is told of ours only.',
  },
  { v: 'V14', status: 'later', codes: [], how: 'Offloading the KV cache to files is not built yet.' },
  { v: 'V15', status: 'later', codes: [], how: 'Offloading the KV cache to memory is not built yet.' },
  { v: 'V16', status: 'later', codes: [], how: 'Stores that pods share for their KV cache are not built yet.' },
  {
    v: 'V17',
    status: 'checked',
    codes: ['LLMD227'],
    how: 'The size of an emptyDir cache is compared with the weights of well-known models, or as given; the free space of a claim is not known.',
  },
  {
    v: 'V18',
    status: 'checked',
    codes: ['LLMD302', 'LLMD303'],
    how: 'Pools are selected from the labels of the servers; the rendered pods, also those of the user, are looked up by the rendered selector.',
  },
  { v: 'V19', status: 'checked', codes: ['LLMD304'], how: 'A pod that two pools select is told.' },
  { v: 'V20', status: 'checked', codes: ['LLMD305', 'LLMD306'], how: 'Selectors of all workloads are compared with the rendered labels.' },
  {
    v: 'V21',
    status: 'checked',
    codes: ['LLMD101', 'LLMD102', 'LLMD301'],
    how: 'Names and labels are checked when they are given, and once more in what is written.',
  },
  {
    v: 'V22',
    status: 'checked',
    codes: ['LLMD511', 'LLMD512', 'LLMD315'],
    how: 'Roles that a strategy filters for are compared with the plan of the servers, and with the labels of their rendered pods.',
  },
  { v: 'V23', status: 'checked', codes: ['LLMD316'], how: 'The label is derived from the engine, and compared in the rendered pods.' },
  {
    v: 'V24',
    status: 'impossible',
    codes: [],
    how: 'The label is derived from the served name, and users cannot set it (LLMD301); only a patch can.',
  },
  {
    v: 'V25',
    status: 'checked',
    codes: ['LLMD307', 'LLMD605', 'LLMD413'],
    how: 'Target ports are derived from the servers, 1 to 8; the rendered containers must declare them.',
  },
  {
    v: 'V26',
    status: 'checked',
    codes: ['LLMD408'],
    how: 'The flags of the rendered sidecar are compared with the pool and with the engine.',
  },
  { v: 'V27', status: 'checked', codes: ['LLMD308'], how: 'A probe asks a port that its own container declares.' },
  {
    v: 'V28',
    status: 'checked',
    codes: ['LLMD309', 'LLMD310', 'LLMD312', 'LLMD559'],
    how: 'Names and numbers of ports in every rendered pod and Service.',
  },
  {
    v: 'V29',
    status: 'checked',
    codes: ['LLMD311', 'LLMD547'],
    how: 'Ports of monitors are looked up in what they select; the reader of protected metrics is written with `metricsAuth`.',
  },
  {
    v: 'V30',
    status: 'checked',
    codes: ['LLMD712'],
    how: 'The startup probe is compared with the time that the weights are likely to take from their source.',
  },
  { v: 'V31', status: 'checked', codes: ['LLMD408'], how: "The sidecar's connector is compared with the engine's transfer flags." },
  {
    v: 'V32',
    status: 'checked',
    codes: ['LLMD403', 'LLMD402'],
    how: 'Model, block size, precision, connector and image version of both roles are compared in the rendered containers.',
  },
  {
    v: 'V33',
    status: 'checked',
    codes: ['LLMD406'],
    how: 'Address and port of the side channel are compared with the rendered environment and ports.',
  },
  {
    v: 'V34',
    status: 'checked',
    codes: ['LLMD407'],
    how: 'VLLM_HTTP_TIMEOUT_KEEP_ALIVE of rendered prefill engines must exceed the 90 s of the sidecar.',
  },
  { v: 'V35', status: 'checked', codes: ['LLMD404'], how: 'NIXL without a network, a device or UCX_TLS.' },
  {
    v: 'V36',
    status: 'checked',
    codes: ['LLMD405'],
    how: 'The rendered transfer must name LIBFABRIC; image, adapters and IPC_LOCK follow from `Network.efa()`.',
  },
  {
    v: 'V37',
    status: 'checked',
    codes: ['LLMD802', 'LLMD803', 'LLMD804', 'LLMD805'],
    how: "Names and counts of RDMA devices come from the cluster's profile; what it cannot grant is refused.",
  },
  {
    v: 'V38',
    status: 'checked',
    codes: ['LLMD408'],
    how: 'A sidecar that talks TLS to an engine without a certificate is told; stages with certificates of their own are not offered.',
  },
  { v: 'V39', status: 'later', codes: [], how: 'Separate encoders are not built yet.' },
  {
    v: 'V40',
    status: 'checked',
    codes: ['LLMD412'],
    how: 'A role without replicas is refused; an HorizontalPodAutoscaler starts at 1 at least.',
  },
  {
    v: 'V41',
    status: 'checked',
    codes: ['LLMD501', 'LLMD509', 'LLMD518'],
    how: 'The rendered configuration is read by the parser of the router itself.',
  },
  { v: 'V42', status: 'checked', codes: ['LLMD501'], how: 'The rendered configuration is read by the parser of the router itself.' },
  {
    v: 'V43',
    status: 'checked',
    codes: ['LLMD513', 'LLMD514', 'LLMD515', 'LLMD517', 'LLMD510', 'LLMD556'],
    how: "Block size, port and model of the router's index follow from the servers; what a strategy says itself is compared.",
  },
  {
    v: 'V44',
    status: 'checked',
    codes: ['LLMD519'],
    how: 'A fixed block size of the approximate index is compared with that of the engine.',
  },
  {
    v: 'V45',
    status: 'checked',
    codes: ['LLMD501', 'LLMD554', 'LLMD617'],
    how: 'Flow control and its gate are rendered together, objectives name the pool of their router; objectives of the user are looked up.',
  },
  {
    v: 'V46',
    status: 'checked',
    codes: ['LLMD545', 'LLMD549'],
    how: 'Active replicas whose decisions rest on what each of them has seen, and flags that are written already.',
  },
  {
    v: 'V47',
    status: 'checked',
    codes: ['LLMD520'],
    how: 'A predictor is run when the strategy needs one; a pool of several kinds of workload is told.',
  },
  {
    v: 'V48',
    status: 'impossible',
    codes: [],
    how: 'agentgateway is offered as a provider of the Gateway API only, not beside the router.',
  },
  {
    v: 'V49',
    status: 'checked',
    codes: ['LLMD616'],
    how: 'A router without a pool is given selector and ports by the library, and a Gateway refuses it.',
  },
  {
    v: 'V50',
    status: 'checked',
    codes: ['LLMD501', 'LLMD542', 'LLMD548'],
    how: "Configuration and flags are checked against the version of the router's image.",
  },
  {
    v: 'V51',
    status: 'checked',
    codes: ['LLMD604', 'LLMD606', 'LLMD613', 'LLMD614'],
    how: 'Routes are derived from gateway and pools, and lie in the namespace of their pool; routes of the user are not looked into.',
  },
  {
    v: 'V52',
    status: 'impossible',
    codes: [],
    how: 'Each provider writes its own side objects (DestinationRule, GKE policies) and is a factory, so its name cannot be mistyped; a custom one brings its own.',
  },
  {
    v: 'V53',
    status: 'checked',
    codes: ['LLMD603', 'LLMD312'],
    how: 'Options of a Gateway are refused in standalone mode; ports of Services must lead to a declared port.',
  },
  {
    v: 'V54',
    status: 'checked',
    codes: ['LLMD313', 'LLMD602'],
    how: 'Objects of one kind, namespace and name are told, whoever wrote them; no object of ours has a fixed name.',
  },
  { v: 'V55', status: 'later', codes: [], how: 'InferenceModelRewrite and LoRA adapters are not built yet.' },
  {
    v: 'V56',
    status: 'checked',
    codes: ['LLMD650', 'LLMD651', 'LLMD652', 'LLMD653'],
    how: 'HorizontalPodAutoscalers and ScaledObjects of the app, those of the user included; the library writes no `replicas` beside an autoscaler.',
  },
  { v: 'V57', status: 'later', codes: [], how: 'The workload variant autoscaler is not built yet.' },
  {
    v: 'V58',
    status: 'checked',
    codes: ['LLMD711'],
    how: 'A gated model wants a token; Secrets are named by the user and not looked up, since they are seldom a part of the app.',
  },
  {
    v: 'V59',
    status: 'checked',
    codes: ['LLMD704', 'LLMD707', 'LLMD710', 'LLMD544', 'LLMD543'],
    how: 'Images of every rendered container.',
  },
  {
    v: 'V60',
    status: 'checked',
    codes: ['LLMD705', 'LLMD706', 'LLMD551', 'LLMD560', 'LLMD561'],
    how: 'Environment of every rendered container, and the settings of our own router among it; YAML keys are unique since objects are written from maps.',
  },
  {
    v: 'V61',
    status: 'checked',
    codes: ['LLMD701', 'LLMD702'],
    how: "Flags that are written already or given twice are refused; a table of all flags of an engine's version is not kept.",
  },
  {
    v: 'V62',
    status: 'checked',
    codes: ['LLMD703', 'LLMD708', 'LLMD709'],
    how: 'Images are chosen by device; words in the name of an image of the user and in UCX_TLS are compared with the device.',
  },
  {
    v: 'V63',
    status: 'impossible',
    codes: [],
    how: "Tolerations come from the cluster's profile and the accelerator; only a patch can take them away.",
  },
  {
    v: 'V64',
    status: 'checked',
    codes: ['LLMD806', 'LLMD809'],
    how: "Security contexts come from the cluster's profile; what OpenShift refuses is told.",
  },
  {
    v: 'V65',
    status: 'checked',
    codes: ['LLMD808', 'LLMD801'],
    how: 'Native sidecars, image volumes and claimed devices of rendered pods are compared with the version of Kubernetes.',
  },
  {
    v: 'V66',
    status: 'checked',
    codes: ['LLMD714'],
    how: "The grace period of rendered pods is compared with the engine's own limit; that of the router is derived.",
  },
  {
    v: 'V67',
    status: 'checked',
    codes: ['LLMD317'],
    how: 'Keys that affinity and topology spread compare pods by must be labels of the rendered pods.',
  },
  { v: 'V68', status: 'checked', codes: ['LLMD411', 'LLMD414'], how: 'Rendered LeaderWorkerSets, those of the user included.' },
  {
    v: 'V69',
    status: 'checked',
    codes: ['LLMD713'],
    how: 'Such flags are written from objects, and read again in the rendered command lines.',
  },
  {
    v: 'V70',
    status: 'checked',
    codes: ['LLMD807'],
    how: 'Kinds of all rendered objects are compared with what the cluster was declared to have; nothing is checked where nothing was declared.',
  },
];
