import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';

/** Fields of a `ClusterRoleBinding`. */
export interface ClusterRoleBindingProps extends ManifestProps {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

/** An RBAC `ClusterRoleBinding`, written as given and without a namespace. */
export class ClusterRoleBinding extends Manifest {
  constructor(scope: Construct, id: string, props: ClusterRoleBindingProps) {
    // Named undefined, or cdk8s would write the chart's namespace.
    const metadata = { ...props.metadata, namespace: undefined };
    super(scope, id, { apiVersion: API.rbac, kind: 'ClusterRoleBinding' }, { ...props, metadata });
  }
}
