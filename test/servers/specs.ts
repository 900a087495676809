import { Cluster } from '../../lib/cluster/cluster';
import type { PlanContext } from '../../lib/servers/plan-role';
import { planPair, planServing, planWideEp } from '../../lib/servers/plan-servers';
import type { RoleSpec } from '../../lib/servers/role-spec';
import { Accelerator } from '../../lib/values/accelerator';
import { ModelSource } from '../../lib/values/model-source';
import { Release } from '../../lib/values/release';

/** Where the specs of these tests are planned. */
const CONTEXT: PlanContext = {
  path: 'Chart/m',
  name: 'm',
  namespace: 'llm',
  cluster: Cluster.generic(),
  release: Release.LATEST,
};

/** A model of which nothing is known, so that nothing about its heads is checked. */
export const MODEL = ModelSource.huggingFace('acme/model-7b');
const BASE = { model: MODEL, accelerator: Accelerator.NVIDIA_H100 };

type Serving = Parameters<typeof planServing>[1];
type Pair = Parameters<typeof planPair>[1];
type Wide = Parameters<typeof planWideEp>[1];

/** The spec of an aggregated server. */
export function servingSpec(options: Partial<Serving> = {}, context: Partial<PlanContext> = {}): RoleSpec {
  return planServing({ ...CONTEXT, ...context }, { ...BASE, ...options }).roles[0] as RoleSpec;
}

/** The specs of a pair. */
export function pairSpecs(options: Partial<Pair> = {}, context: Partial<PlanContext> = {}): { prefill: RoleSpec; decode: RoleSpec } {
  const [prefill, decode] = planPair({ ...CONTEXT, ...context }, { ...BASE, prefill: {}, decode: {}, ...options }).roles;
  return { prefill: prefill as RoleSpec, decode: decode as RoleSpec };
}

const SIXTEEN = { parallelism: { data: 16 } };

/** The specs of a wide group that is split over 2 × 2 nodes of eight. */
export function wideSpecs(options: Partial<Wide> = {}, context: Partial<PlanContext> = {}): { prefill: RoleSpec; decode: RoleSpec } {
  const [prefill, decode] = planWideEp({ ...CONTEXT, ...context }, { ...BASE, prefill: SIXTEEN, decode: SIXTEEN, ...options }).roles;
  return { prefill: prefill as RoleSpec, decode: decode as RoleSpec };
}

/** The spec of a wide group that is not split. */
export function wholeWideSpec(options: Partial<Wide> = {}): RoleSpec {
  return planWideEp(CONTEXT, { ...BASE, ...SIXTEEN, ...options }).roles[0] as RoleSpec;
}
