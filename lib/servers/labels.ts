import { NAME_LABEL, PART_OF_LABEL, WHOLE } from '../manifests/object-labels';
import { checkLabels } from '../util/dns';
import { ensure } from '../validation/error';
import type { Accelerator } from '../values/accelerator';
import type { Engine } from '../values/engine';
import type { ModelPlan } from '../values/model-source';
import type { Role } from '../values/plan';

/** Upstream's label by which an InferencePool selects its pods. */
export const POOL_LABEL = 'llm-d.ai/guide';
/** Upstream's label by which the router tells prefill from decode. */
export const ROLE_LABEL = 'llm-d.ai/role';
/** Upstream's label by which the router chooses metric names; absent means vLLM. */
export const ENGINE_LABEL = 'llm-d.ai/engine-type';

/** Keys that users cannot set: workloads, pools and the router go by them. */
const MANAGED = [
  POOL_LABEL,
  ROLE_LABEL,
  ENGINE_LABEL,
  'llm-d.ai/model',
  'llm-d.ai/accelerator-vendor',
  'llm-d.ai/accelerator-variant',
  NAME_LABEL,
  'app.kubernetes.io/component',
  PART_OF_LABEL,
] as const;

/** Throws LLMD102 for a label that the API server would refuse, LLMD301 for one that we write ourselves. */
export function checkUserLabels(labels: Readonly<Record<string, string>>): void {
  checkLabels(labels);
  for (const key of MANAGED) {
    ensure(!Object.hasOwn(labels, key), 'LLMD301', { key });
  }
}

/** Labels of the pods of one role that take requests. */
export function podLabels(server: string, role: Role, model: ModelPlan, accelerator: Accelerator, engine: Engine): Record<string, string> {
  return {
    [NAME_LABEL]: server,
    [PART_OF_LABEL]: WHOLE,
    'app.kubernetes.io/component': role,
    [POOL_LABEL]: server,
    [ROLE_LABEL]: role,
    'llm-d.ai/model': model.shortName,
    ...(accelerator.vendor === 'none' ? {} : { 'llm-d.ai/accelerator-vendor': accelerator.vendor }),
    'llm-d.ai/accelerator-variant': accelerator.variant,
    ...(engine.kind === 'sglang' ? { [ENGINE_LABEL]: 'sglang' } : {}),
  };
}
