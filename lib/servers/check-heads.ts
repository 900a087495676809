import { ensure } from '../validation/error';
import type { ModelPlan } from '../values/model-source';
import type { ParallelLayout } from '../values/plan';

/** LLMD215 when tensor parallelism cannot share out the heads of a model whose heads are known. */
export function checkHeads({ facts, servedName }: ModelPlan, { tensor }: ParallelLayout): void {
  const { attentionHeads, kvHeads } = facts;
  const divisors = (heads: number) =>
    Array.from({ length: heads }, (_, index) => index + 1)
      .filter((n) => heads % n === 0)
      .join(', ');
  if (attentionHeads !== undefined) {
    ensure(attentionHeads % tensor === 0, 'LLMD215', {
      tensor,
      heads: attentionHeads,
      kind: 'attention',
      model: servedName,
      allowed: divisors(attentionHeads),
    });
  }
  if (kvHeads !== undefined) {
    // Fewer key/value heads than ranks are copied to several ranks, which works when the ranks share them evenly.
    ensure(kvHeads % tensor === 0 || tensor % kvHeads === 0, 'LLMD215', {
      tensor,
      heads: kvHeads,
      kind: 'key/value',
      model: servedName,
      allowed: `${divisors(kvHeads)} or a multiple of ${kvHeads}`,
    });
  }
}
