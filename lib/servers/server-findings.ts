import { type Finding, finding } from '../validation/findings';
import { IMAGE_ARCHITECTURES } from '../versions';
import { imageFlavourOf } from './engine-image';
import { engineSecurity } from './pod-security';
import type { RoleSpec } from './role-spec';
import { roleVolumes } from './role-volumes';

/** What is doubtful about the roles of one server, taken by themselves. */
export function serverFindings(roles: readonly RoleSpec[]): readonly Finding[] {
  return [...refusedSecurity(roles), ...unprovenHosts(roles), ...otherArchitectures(roles)];
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
