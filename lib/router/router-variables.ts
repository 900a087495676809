import { checkRouterVariables, routerVariablePrefix } from 'llm-d-epp-config';
import type { EnvVar } from '../manifests/pod';
import { hasPlaceholder } from '../util/placeholder';
import { type Finding, finding } from '../validation/findings';
import type { RouterPlan } from './router-plan';

/** What the `LLM_D_EPP_…` variables of a router's environment will not do: names that it does not know, values that it cannot read. Pure. */
export function variableFindings({ path, image }: Pick<RouterPlan, 'path' | 'image'>, env: readonly EnvVar[]): readonly Finding[] {
  if (image.upstream) {
    return env
      .filter(({ name }) => String(name).startsWith(routerVariablePrefix))
      .map(({ name }) =>
        finding('LLMD560', path, { problem: `${name} is read by the router of this project only, and this one is upstream's` }),
      );
  }
  const { issues } = checkRouterVariables(Object.fromEntries(env.map((variable) => [String(variable.name), knownValue(variable)])));
  return issues.map(({ severity, message }) => finding(severity === 'error' ? 'LLMD561' : 'LLMD560', path, { problem: message }));
}

/** The value, where it is known at synth: not from elsewhere in the cluster, of another variable, or of a deployment. */
function knownValue({ value }: EnvVar): string | undefined {
  const text = String(value ?? '');
  return text.includes('$(') || hasPlaceholder(text) ? undefined : text;
}
