import { deploymentDifferences, proxyDifferences, roleDifferences } from './engine';
import { because, type Explained } from './explained';
import { disaggregationDifferences, routerDifferences } from './router';

const GUIDE = 'pd-disaggregation';

export const PD_DISAGGREGATION_DIFFERENCES: readonly Explained[] = [
  ...routerDifferences(GUIDE),
  ...disaggregationDifferences(),
  ...['prefill', 'decode'].flatMap((role) => [...roleDifferences(GUIDE, role), ...deploymentDifferences(role, 'gpt-oss-120b')]),
  ...proxyDifferences(),
  ...because('memory volumes count against the limit: upstream allows 20Gi of them in a container that is killed at 16Gi', [
    'prefill.containers.modelserver.mounts[/dev/shm]',
    'emptyDir Memory 20Gi',
    'emptyDir Memory 8Gi',
  ]),
];
