/** 2xx: parallelism, accelerators, memory, volumes. */
export const PARALLELISM_CODES = {
  LLMD201: {
    severity: 'error',
    slug: 'tpu-topology',
    message: '"{given}" is no topology of a TPU {generation} slice: choose one of {allowed}',
    why: 'GKE labels its TPU nodes with these topologies only; pods that select another one stay pending.',
  },
  LLMD202: {
    severity: 'error',
    slug: 'dra-device-class',
    message: 'accelerator {accelerator} has no DRA driver that is known here: give `deviceClass`, or do not use `viaDra()`',
    why: 'A ResourceClaimTemplate must name the DeviceClass of the driver that hands out the devices.',
  },
  LLMD210: {
    severity: 'error',
    slug: 'tensor-exceeds-node',
    message:
      'tensor parallelism of {tensor} does not fit a node of {accelerator}, which holds {nodeRanks} ranks: lower `parallelism.tensor` to a divisor of {nodeRanks} and cut the rest with `parallelism.pipeline`',
    why: 'Tensor-parallel ranks talk at every layer; over a node boundary they would run at network speed, and the pod could not be scheduled.',
  },
  LLMD211: {
    severity: 'error',
    slug: 'data-local',
    message:
      '`parallelism.dataLocal` is {dataLocal}: it must divide `parallelism.data` ({data}) and fit a node of {accelerator}; {fit} would',
    why: 'DP = LeaderWorkerSet size × DP local; any other number leaves ranks without a pod.',
  },
  LLMD212: {
    severity: 'error',
    slug: 'expert-single-rank',
    message: 'expert parallelism needs tensor × data > 1, given tensor {tensor} and data {data}: raise `parallelism.data` or drop `expert`',
    why: 'Experts are spread over tensor × data ranks; over one rank there is nothing to spread.',
  },
  LLMD213: {
    severity: 'error',
    slug: 'part-of-a-device',
    message:
      '{ranks} ranks do not fill whole devices of {accelerator}, each of which holds {perDevice}: make tensor × pipeline × dataLocal a multiple of {perDevice}',
    why: 'A device is requested whole; on TPU v7 one chip has two cores.',
  },
  LLMD214: {
    severity: 'error',
    slug: 'data-over-spanning-pipeline',
    message:
      '{data} data-parallel ranks of {pipeline} pipeline stages × {tensor} do not fit a node of {accelerator} ({nodeRanks} ranks): raise `replicas` instead of `parallelism.data`, or lower `parallelism.pipeline`',
    why: 'A data-parallel rank whose pipeline spans nodes is not something that the engines can start from a LeaderWorkerSet.',
  },
  LLMD215: {
    severity: 'error',
    slug: 'heads',
    message: 'tensor parallelism of {tensor} does not divide the {heads} {kind} heads of {model}: use one of {allowed}',
    why: 'The engine exits at start when the heads cannot be shared out evenly.',
  },
  LLMD216: {
    severity: 'error',
    slug: 'tpu-slice',
    message:
      'tensor × pipeline × data is {given}, a TPU {generation} slice {topology} has {chips} chips with {ranks} ranks: make the product {ranks}, or choose another topology',
    why: 'A replica occupies a whole slice: GKE gives a pod all chips of its node, and chips without a rank stay idle.',
  },
  LLMD220: {
    severity: 'error',
    slug: 'memory-limit',
    message:
      'the memory limit {limit} of container "{container}" is less than its memory-backed volumes ({volumes}) plus {overhead} for the engine: raise `resources.memoryLimit` to at least {needed} or lower `sharedMemory`',
    why: 'Memory-backed volumes count against the container that fills them; the kernel kills the engine when the sum passes the limit.',
  },
  LLMD221: {
    severity: 'error',
    slug: 'memory-volume-size',
    message: 'memory-backed volume "{volume}" has no sizeLimit: give it one, it counts against the pod\'s memory',
    why: "Without a limit it may take half of the node's memory, and the pod is evicted instead of refused.",
  },
  LLMD222: {
    severity: 'error',
    slug: 'shared-memory-volume',
    message: '{count} volumes are mounted at /dev/shm in container "{container}": exactly one can be',
    why: 'The second mount hides the first.',
  },
  LLMD223: {
    severity: 'warning',
    slug: 'no-shared-memory',
    message: 'container "{container}" {runs} without a volume at /dev/shm: set `sharedMemory`, the default of 64Mi is too small',
    why: 'Ranks of one pod exchange data through shared memory; the container default is 64 MiB.',
  },
  LLMD224: {
    severity: 'error',
    slug: 'volume-mount',
    message: 'container "{container}" mounts volume "{volume}", which the pod does not have: it has {allowed}',
    why: 'The API server refuses the pod.',
  },
  LLMD225: {
    severity: 'warning',
    slug: 'volume-unused',
    message: 'volume "{volume}" is mounted by no container: remove it or mount it',
    why: 'A forgotten mount means that the engine reads from somewhere else.',
  },
  LLMD226: {
    severity: 'error',
    slug: 'mount-path',
    message: 'container "{container}" mounts two volumes at {mountPath}: give each its own path',
    why: 'The API server refuses the pod.',
  },
  LLMD227: {
    severity: 'warning',
    slug: 'cache-size',
    message: 'the model cache holds {size}, the weights of {model} take about {needed}: enlarge `ModelCache.emptyDir(...)`',
    why: 'The kubelet evicts the pod when the volume passes its limit, in the middle of the download.',
  },
  LLMD228: {
    severity: 'error',
    slug: 'accelerator-count',
    message:
      'container "{container}" requests {given} × {resource}, the parallel layout needs {needed}: let the library compute it, or change `parallelism`',
    why: 'Too few devices and the engine exits; too many stay idle.',
  },
  LLMD229: {
    severity: 'error',
    slug: 'extended-resource',
    message:
      'extended resource {resource} of container "{container}" is requested {request} times and limited to {limit}: both must be equal',
    why: 'Extended resources cannot be overcommitted; the API server refuses the pod.',
  },
  LLMD230: {
    severity: 'warning',
    slug: 'quota',
    message:
      'workloads of namespace {namespace} may take {needed} × {resource}, its ResourceQuota "{name}" allows {quota}: lower replicas, or raise the quota',
    why: 'Pods over the quota stay pending.',
  },
  LLMD231: {
    severity: 'warning',
    slug: 'tpu-hosts',
    message:
      'a replica of {accelerator} spans {hosts} hosts: the flags by which vLLM finds its other hosts are not proven on TPU slices; test it, or take a slice of one host',
    why: 'The guides deploy single-host slices only; published multi-host examples start the engine through Ray.',
  },
} as const;
