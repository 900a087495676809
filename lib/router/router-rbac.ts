import { ApiResource, type IApiResource, Role, RoleBinding, ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { API } from '../versions';

/** What the permissions of a router depend on. */
export interface RouterRbacProps {
  /** Name of all objects. */
  readonly name: string;
  /**
   * Namespace of all objects.
   * @default - that of the chart
   */
  readonly namespace?: string;
  /** Whether the router reads an InferencePool and what refers to it, or pods only. */
  readonly mode: 'pool' | 'selector';
  /** Whether replicas elect a leader. */
  readonly leaderElection: boolean;
  /** Labels of all objects. */
  readonly labels: Readonly<Record<string, string>>;
}

const READ = ['get', 'list', 'watch'];
/** Group of the objectives before they moved; a router reads it where only the old definitions are installed. */
const LEGACY_GROUP = 'inference.networking.x-k8s.io';

/** Who the router is in the cluster and what it may do: one Role in its namespace, with no more than its features need. */
export class RouterRbac extends Construct {
  readonly serviceAccount: ServiceAccount;
  readonly role: Role;
  readonly roleBinding: RoleBinding;

  constructor(scope: Construct, id: string, props: RouterRbacProps) {
    super(scope, id);
    const { name, namespace, labels } = props;
    const metadata = { name, namespace, labels: { ...labels } };
    // The pod asks for its token itself; nothing else that uses the account gets one.
    this.serviceAccount = new ServiceAccount(this, 'ServiceAccount', { metadata, automountToken: false });
    this.role = new Role(this, 'Role', { metadata });
    this.role.allow(READ, ApiResource.PODS);
    if (props.mode === 'pool') {
      this.role.allow(READ, resource(groupOf(API.inference), 'inferencepools'));
      for (const group of [groupOf(API.llmd), LEGACY_GROUP]) {
        this.role.allow(READ, resource(group, 'inferenceobjectives'), resource(group, 'inferencemodelrewrites'));
      }
    }
    if (props.leaderElection) {
      this.role.allow(['get', 'create', 'update', 'patch'], ApiResource.LEASES);
      this.role.allow(['create', 'patch'], ApiResource.EVENTS);
    }
    this.roleBinding = new RoleBinding(this, 'RoleBinding', { metadata, role: this.role });
    this.roleBinding.addSubjects(this.serviceAccount);
  }
}

/** Group of an `apiVersion`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, apiVersion.indexOf('/'));
}

function resource(apiGroup: string, resourceType: string): IApiResource {
  return ApiResource.custom({ apiGroup, resourceType });
}
