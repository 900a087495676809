/** 4xx: prefill/decode, KV transfer, network. */
export const TRANSFER_CODES = {
  LLMD401: {
    severity: 'error',
    slug: 'half-a-pair',
    message: '`{given}` is given without `{missing}`: a split server needs both, ModelServing needs neither',
    why: 'Prefill hands its cache to decode; one without the other serves nothing.',
  },
  LLMD402: {
    severity: 'error',
    slug: 'tensor-ratio',
    message: 'prefill has tensor {prefill}, decode {decode}: one must divide the other for the KV cache to be handed over',
    why: 'Each decode rank reads whole slices of prefill ranks.',
  },
  LLMD403: {
    severity: 'error',
    slug: 'roles-disagree',
    message: 'prefill and decode disagree on {what} ({prefill} and {decode}): both must be the same for the KV cache to be readable',
    why: 'A cache that was written with other block sizes, precision or engine version cannot be read.',
  },
  LLMD404: {
    severity: 'warning',
    slug: 'network-unspecified',
    message: 'NIXL runs over whatever UCX finds on the node: set `network` (Network.infiniBand(), roce(), efa(), or tcp() to say so)',
    why: 'Without RDMA the KV cache crosses the pod network, often slower than computing it again.',
  },
  LLMD405: {
    severity: 'error',
    slug: 'efa-backend',
    message: 'network is EFA, the NIXL backends are {given}: they must contain LIBFABRIC',
    why: "UCX does not speak EFA's protocol.",
  },
  LLMD406: {
    severity: 'error',
    slug: 'side-channel',
    message: 'the NIXL side channel of "{workload}" {problem}',
    why: 'Decode cannot ask prefill for its cache.',
  },
  LLMD407: {
    severity: 'error',
    slug: 'keep-alive',
    message:
      'prefill keeps idle connections {given} s, the routing sidecar uses them for up to {sidecar} s: raise VLLM_HTTP_TIMEOUT_KEEP_ALIVE above it',
    why: 'The sidecar would send a request on a connection that prefill has just closed.',
  },
  LLMD408: {
    severity: 'error',
    slug: 'sidecar',
    message: 'the routing sidecar of "{workload}" {problem}',
    why: 'Requests do not reach the engine, or are not split.',
  },
  LLMD409: {
    severity: 'error',
    slug: 'all2all',
    message: 'all-to-all backend {backend} {problem}',
    why: "Source: vLLM's expert-parallel deployment guide.",
  },
  LLMD410: {
    severity: 'warning',
    slug: 'wide-ep-network',
    message: 'expert parallelism over {pods} pods without an RDMA network: set `network`, DeepEP needs one',
    why: 'Every layer exchanges tokens between all ranks.',
  },
  LLMD411: {
    severity: 'error',
    slug: 'lws-startup',
    message: 'startupPolicy {given} would wait for a leader that waits for its workers: use LeaderCreated',
    why: 'The leader is ready only when all ranks have joined.',
  },
  LLMD412: {
    severity: 'error',
    slug: 'no-replicas',
    message: '{role} has {given} replicas: at least one prefill and one decode must run',
    why: 'Requests wait for a role that does not exist.',
  },
  LLMD413: {
    severity: 'error',
    slug: 'rank-ports',
    message:
      '{count} data-parallel ranks of a pod are more than the {max} ports that an InferencePool can address: lower `parallelism.dataLocal`',
    why: 'Each rank of a wide expert-parallel pod is an endpoint of its own.',
  },
  LLMD414: {
    severity: 'error',
    slug: 'group-size',
    message: 'LeaderWorkerSet "{workload}" {problem}',
    why: 'Each data-parallel rank waits for all others: with too few pods the group never starts, with too many some have no rank.',
  },
  LLMD415: {
    severity: 'warning',
    slug: 'transfer-between-versions',
    message:
      'prefill runs {prefill}, decode {decode}: both sides of a transfer must be one version of the engine, set the `image` of one of them',
    why: 'The release has another version for some devices, and engines refuse the handshake of another version or lay out the cache otherwise.',
  },
  LLMD416: {
    severity: 'error',
    slug: 'ranks-of-a-pod',
    message: 'prefill runs {prefill} ranks a pod, decode {decode}: set the same `parallelism.dataLocal` in both',
    why: 'One pool addresses the pods of both roles by one list of ports, a port for each rank.',
  },
} as const;
