import { deepFreeze } from '../util/freeze';
import { ensure, fail } from '../validation/error';
import type { Network } from '../values/network';
import type { ClusterProfile, RdmaGrant, RdmaKind, RdmaOffer, RdmaRequest } from './cluster-profile';

/** Key under which Multus reads the networks of a pod. */
const MULTUS = 'k8s.v1.cni.cncf.io/networks';
/** Devices behind one PCIe root reach each other without crossing the processor. */
const PCIE_ROOT = 'resource.kubernetes.io/pcieRoot';

/** One device a pod, through which it reaches all NICs of the node: the RDMA shared device plugin. */
export function sharedNics(resourceName: string, options: { readonly max?: number; readonly attachment?: string } = {}): RdmaOffer {
  const { max, attachment } = options;
  const annotations: Record<string, string> = attachment === undefined ? {} : { [MULTUS]: attachment };
  return (_, { count = 1 }) => {
    ensure(max === undefined || count <= max, 'LLMD803', { count, resource: resourceName, allowed: `at most ${max}` });
    return { resources: { [resourceName]: String(count) }, annotations };
  };
}

/** One NIC of a class claimed with each accelerator, behind the same PCIe root. */
export function claimedNics(deviceClass: string): RdmaOffer {
  return ({ accelerator }, { count, deviceSelectors }) => {
    ensure(accelerator.dra !== undefined, 'LLMD804', { accelerator: accelerator.name });
    ensure(count === undefined, 'LLMD803', { count: count ?? 0, resource: deviceClass, allowed: 'one with each accelerator' });
    return { claim: { deviceClass, selectors: deviceSelectors, matchAttribute: PCIE_ROOT } };
  };
}

/** As many devices as the pod's share of its node, `perAccelerator` of them with each accelerator unless the accelerator has a row. */
export function nicsByAccelerator(resourceName: string, perAccelerator: number, rows: Readonly<Record<string, number>> = {}): RdmaOffer {
  return ({ accelerator, acceleratorsPerPod }, network) => {
    const share = Math.ceil(acceleratorsPerPod * (rows[accelerator.name] ?? perAccelerator));
    return { resources: { [resourceName]: String(network.count ?? Math.max(1, share)) } };
  };
}

/** What a pod must carry to use `network` on a cluster with `profile`. */
export function grantRdma(profile: ClusterProfile, network: Network, request: RdmaRequest): RdmaGrant {
  const granted = network.isRdma ? offerOf(profile, network)(request, network) : {};
  const resources = granted.resources ?? {};
  const env = new Map([...network.envFor(request.accelerator), ...(granted.env ?? [])].map((variable) => [variable.name, variable]));
  // The user's own words outlive the provider's.
  for (const variable of network.env) {
    env.set(variable.name, variable);
  }
  const grant: RdmaGrant = {
    resources,
    claim: granted.claim,
    env: [...env.values()],
    annotations: { ...granted.annotations, ...attachments(network, resources) },
    capabilities: network.isRdma && request.deviceInitiated === true ? [...network.capabilities, 'SYS_RAWIO'] : [...network.capabilities],
    volumes: network.hostDevices ? [{ name: 'infiniband', hostPath: { path: '/dev/infiniband', type: 'Directory' } }] : [],
    volumeMounts: network.hostDevices ? [{ name: 'infiniband', mountPath: '/dev/infiniband' }] : [],
    privileged: granted.privileged ?? false,
  };
  return deepFreeze(grant);
}

function offerOf(profile: ClusterProfile, network: Network): RdmaOffer {
  const { resourceName, deviceClass } = network;
  if (resourceName !== undefined) {
    return sharedNics(resourceName);
  }
  if (deviceClass !== undefined) {
    return claimedNics(deviceClass);
  }
  const offers = profile.rdma ?? {};
  const kind = network.kind as RdmaKind;
  return (
    offers[kind] ??
    fail('LLMD802', {
      network: kind,
      cluster: profile.name,
      known: Object.keys(offers).join(', ') || 'none',
    })
  );
}

function attachments(network: Network, resources: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (network.attachment === undefined) {
    return {};
  }
  const [namespace, name] = network.attachment.split('/');
  const nics = Object.values(resources).reduce((sum, count) => sum + Number(count), 0);
  // Multus makes one interface an entry, so there must be as many entries as requested NICs.
  const entries = Array.from({ length: Math.max(1, nics) }, (_, index) => ({ name, namespace, interface: `net${index + 1}` }));
  return { [MULTUS]: JSON.stringify(entries) };
}
