import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** What a role allows. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  /** @default - the rule is about URLs */
  readonly apiGroups?: readonly string[];
  /** @default - the rule is about URLs */
  readonly resources?: readonly string[];
  /** @default - all objects of the resources */
  readonly resourceNames?: readonly string[];
  /** @default - the rule is about resources */
  readonly nonResourceURLs?: readonly string[];
}

/** Fields of a `ClusterRole`. */
export interface ClusterRoleProps extends ManifestProps {
  readonly rules: readonly PolicyRule[];
}

/** An RBAC `ClusterRole`, written as given and without a namespace. */
export class ClusterRole extends Manifest {
  constructor(scope: Construct, id: string, props: ClusterRoleProps) {
    // Named undefined, or cdk8s would write the chart's namespace.
    super(scope, id, { apiVersion: API.rbac, kind: 'ClusterRole' }, { ...props, metadata: { ...props.metadata, namespace: undefined } });
  }
}
