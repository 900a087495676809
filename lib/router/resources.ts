import type { ResourceRequirements } from '../manifests/pod';
import { deepFreeze } from '../util/freeze';

/** What upstream's guides give to the router, and to the Envoy beside it: no CPU limit, so that bursts are not throttled. */
export const ROUTER_RESOURCES: ResourceRequirements = deepFreeze({
  requests: { cpu: '4', memory: '8Gi' },
  limits: { memory: '16Gi' },
});
