import type { RoleSpec } from '../servers/role-spec';
import type { Invocation } from './arguments';
import { sglangInvocation } from './sglang-args';
import { simulatorInvocation } from './simulator-args';
import { vllmInvocation } from './vllm-args';

const RENDERERS: Readonly<Record<RoleSpec['engine']['kind'], (spec: RoleSpec) => Invocation>> = {
  vllm: vllmInvocation,
  sglang: sglangInvocation,
  simulator: simulatorInvocation,
};

/** What the engine's container runs. */
export function engineInvocation(spec: RoleSpec): Invocation {
  return RENDERERS[spec.engine.kind](spec);
}
