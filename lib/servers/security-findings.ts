import { type Finding, finding } from '../validation/findings';
import { engineSecurity } from './pod-security';
import type { RoleSpec } from './role-spec';
import { roleVolumes } from './role-volumes';

/** What the pods of a server ask for that a cluster with restricted constraints does not grant. */
export function securityFindings(roles: readonly RoleSpec[]): readonly Finding[] {
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
