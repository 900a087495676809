import type { Cluster } from '../../cluster/cluster';
import { type KubernetesFeature, missingApis, unsupportedFeatures } from '../../cluster/cluster-rules';
import type { Finding } from '../findings';
import type { PodView, SynthObject, Workload } from '../model';
import { isServingStack, type Rule } from './rule';

/** V70: kinds that the cluster was not declared to have. */
export const installedApis: Rule = ({ objects }) => {
  const byCluster = new Map<Cluster, SynthObject[]>();
  for (const object of objects) {
    const { cluster } = object;
    if (cluster !== undefined) {
      const known = byCluster.get(cluster);
      if (known === undefined) {
        byCluster.set(cluster, [object]);
      } else {
        known.push(object);
      }
    }
  }
  return [...byCluster].flatMap(([cluster, own]) => missingApis(cluster, own));
};

/** V65: features that the cluster's version of Kubernetes does not have. Told once for each server. */
export const kubernetesFeatures: Rule = ({ workloads }) =>
  workloads.flatMap((workload): readonly Finding[] => {
    const { cluster, path } = workload.object;
    return cluster === undefined ? [] : unsupportedFeatures(cluster, workload.servers?.path ?? path, featuresOf(workload));
  });

function featuresOf({ pods }: Workload): readonly KubernetesFeature[] {
  const uses: Readonly<Record<KubernetesFeature, (pod: PodView) => boolean>> = {
    nativeSidecar: ({ running, containers }) => running.length > containers.length,
    imageVolume: ({ volumes }) => volumes.some(({ image }) => image !== undefined),
    dynamicResourceAllocation: ({ spec }) => (spec.resourceClaims ?? []).length > 0,
  };
  const features = Object.keys(uses) as KubernetesFeature[];
  return features.filter((feature) => pods.some((pod) => isServingStack(pod) && uses[feature](pod)));
}
