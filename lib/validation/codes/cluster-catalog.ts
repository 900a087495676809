/** 8xx: what the cluster underneath must have. */
export const CLUSTER_CODES = {
  LLMD801: {
    severity: 'error',
    slug: 'kubernetes-version',
    message: 'Kubernetes "{given}" cannot be served: write a minor version of at least {floor}, e.g. "1.34"',
    why: 'The routing sidecar is a native sidecar container, which older versions do not know.',
  },
  LLMD802: {
    severity: 'error',
    slug: 'network-device',
    message:
      'no device for the network {network} is known on the cluster {cluster} (known: {known}): name it with `resourceName` or `deviceClass`, or take another network',
    why: 'RDMA devices are named by whoever set up the device plugin; pods that request a wrong name stay pending.',
  },
  LLMD803: {
    severity: 'error',
    slug: 'nics-per-pod',
    message: '{count} of {resource} cannot be granted to a pod: it gets {allowed}; leave `count` out',
    why: 'How many NICs a pod gets follows from how the cluster shares them; a pod that requests another number stays pending.',
  },
  LLMD804: {
    severity: 'error',
    slug: 'nic-claim',
    message: 'NICs are claimed with accelerators, but {accelerator} is an extended resource: use `viaDra()` on the accelerator',
    why: 'NIC and accelerator are matched by PCIe root within one ResourceClaim.',
  },
  LLMD805: {
    severity: 'error',
    slug: 'rdma-whole-node',
    message: 'a pod with {given} of the {all} accelerators of a node cannot take its RDMA networks: request all {all}, or use `viaDra()`',
    why: 'Each RDMA network of a GKE node can be attached to one pod only; only DRANET picks the NIC next to an accelerator.',
  },
  LLMD806: {
    severity: 'error',
    slug: 'privileged',
    message:
      'a container must be privileged, which the cluster {cluster} refuses: declare the SecurityContextConstraints that allow it (`securityContextConstraints`), or drop what needs it',
    why: 'Pods outside of such constraints are never created, and the workload shows no pod.',
  },
  LLMD807: {
    severity: 'error',
    slug: 'missing-api',
    message: '{kind} needs "{capability}", which is not among what the cluster has ({installed}): install it, or complete `installed`',
    why: 'The API server refuses kinds that it does not know.',
  },
  LLMD808: {
    severity: 'warning',
    slug: 'kubernetes-feature',
    message: '{feature} works from Kubernetes 1.{since}, the cluster has 1.{minor}: upgrade, or enable its feature gate',
    why: 'Older API servers drop the field or refuse the object.',
  },
  LLMD809: {
    severity: 'warning',
    slug: 'security-constraints',
    message:
      'pods of "{workload}" ask for {what}, which the restricted constraints of {cluster} refuse: grant their service account constraints that allow it and declare them as `securityContextConstraints`',
    why: 'OpenShift admits no pod that asks for more than its SecurityContextConstraints; RDMA needs pinned memory, DeepEP more.',
  },
} as const;
