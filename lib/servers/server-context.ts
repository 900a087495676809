import { Chart } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { Cluster } from '../cluster/cluster';
import { constructName } from '../manifests/construct-name';
import { objectLabels } from '../manifests/object-labels';
import { checkNamespace, objectName } from '../util/dns';
import { atPath } from '../validation/error';
import { contribute } from '../validation/registry';
import { NameStyle } from '../values/name-style';
import { Release } from '../values/release';
import type { PlanContext } from './plan-role';
import type { PlannedServers } from './plan-servers';
import { serverFindings } from './server-findings';
import type { ServingOptions } from './serving-options';

/** Room that the role and the router's `-epp` need behind the server's name. */
const MAX_SERVER_NAME = 36;

/** Plans a server where it stands in the tree; an error names its path. The plan takes part in the app's validation. */
export function planAt(scope: Construct, options: ServingOptions, plan: (context: PlanContext) => PlannedServers): PlannedServers {
  const { path } = scope.node;
  return atPath(path, () => {
    checkNamespace('namespace', options.namespace);
    const planned = plan({
      path,
      name: objectName([options.name ?? constructName(scope, NameStyle.of(scope).kind, MAX_SERVER_NAME)], MAX_SERVER_NAME),
      namespace: options.namespace ?? Chart.of(scope).namespace,
      cluster: Cluster.of(scope),
      release: Release.of(scope),
    });
    contribute(scope, { servers: planned.plan, findings: () => serverFindings(planned.roles) });
    return planned;
  });
}

/** The account that a server's pods run as, unless one was named. It has no rights, and its token is not mounted. */
export function serverAccount(scope: Construct, planned: PlannedServers, options: ServingOptions): ServiceAccount | undefined {
  if (options.serviceAccountName !== undefined) {
    return undefined;
  }
  const { name, namespace } = planned.plan;
  return new ServiceAccount(scope, 'Account', {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...options.labels, ...objectLabels(scope, name) } },
    automountToken: false,
  });
}
