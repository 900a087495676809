import { type Finding, finding } from '../validation/findings';
import { IMAGE_ARCHITECTURES } from '../versions';
import { imageFlavourOf } from './engine-image';
import { engineSecurity } from './pod-security';
import type { RoleSpec } from './role-spec';
import { roleVolumes } from './role-volumes';

/** Version at the beginning of an image's tag. */
const VERSION = /:v?(\d+\.\d+\.\d+)[^/]*$/;

/** What is doubtful about the roles of one server, taken by themselves. */
export function serverFindings(roles: readonly RoleSpec[]): readonly Finding[] {
  return [...refusedSecurity(roles), ...unprovenHosts(roles), ...otherArchitectures(roles), ...otherVersions(roles)];
}

/** Images that the library chose and that are not published for the processors of the nodes. */
function otherArchitectures(roles: readonly RoleSpec[]): Finding[] {
  return roles.flatMap(({ path, engine, accelerator, network, wide, image }) => {
    const flavour = imageFlavourOf(accelerator, network, wide !== undefined);
    const published = IMAGE_ARCHITECTURES[flavour];
    if (engine.options.image !== undefined || published === undefined || published.includes(accelerator.architecture)) {
      return [];
    }
    const { name, architecture } = accelerator;
    return [finding('LLMD716', path, { image, flavour, published: published.join(', '), accelerator: name, architecture })];
  });
}

/** Two roles whose images are tagged with different versions. */
function otherVersions(roles: readonly RoleSpec[]): Finding[] {
  const [prefill, decode] = ['prefill', 'decode'].map((side) => roles.find((role) => role.side === side));
  const versions = new Set([prefill, decode].flatMap((role) => (role === undefined ? [] : (VERSION.exec(role.image)?.[1] ?? []))));
  return prefill === undefined || decode === undefined || versions.size < 2
    ? []
    : [finding('LLMD415', prefill.path, { prefill: prefill.image, decode: decode.image })];
}

function unprovenHosts(roles: readonly RoleSpec[]): Finding[] {
  return roles
    .filter(({ accelerator, layout }) => accelerator.vendor === 'google' && layout.podsPerReplica > 1)
    .map(({ path, accelerator, layout }) => finding('LLMD231', path, { accelerator: accelerator.name, hosts: layout.podsPerReplica }));
}

/** What pods ask for that a cluster with restricted constraints does not grant. */
function refusedSecurity(roles: readonly RoleSpec[]): readonly Finding[] {
  return roles
    .filter(({ cluster }) => cluster.isRestricted)
    .flatMap((spec) =>
      demands(spec).map((what) => finding('LLMD809', spec.path, { workload: spec.name, what, cluster: spec.cluster.name })),
    );
}

function demands(spec: RoleSpec): string[] {
  const capabilities = engineSecurity(spec).capabilities?.add ?? [];
  const paths = roleVolumes(spec).volumes.flatMap(({ hostPath }) => (hostPath === undefined ? [] : [hostPath.path]));
  return [
    ...(capabilities.length === 0 ? [] : [`the capabilities ${capabilities.join(', ')}`]),
    ...paths.map((path) => `the directory ${path} of the node`),
  ];
}
