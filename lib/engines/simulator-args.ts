import type { RoleSpec } from '../servers/role-spec';
import { type Argument, checkExtraArgs, type Invocation } from './arguments';
import { SIMULATOR_FLAGS } from './managed-flags-catalog';

/** The simulator's arguments; its image starts it. */
export function simulatorInvocation(spec: RoleSpec): Invocation {
  const { simulatorOptions: simulator } = spec.engine;
  const extra = simulator.extraArgs ?? [];
  checkExtraArgs(extra, SIMULATOR_FLAGS);
  const { model, enginePort, kvCache } = spec;
  const valued: [string, string | number | undefined][] = [
    ['--model', model.reference],
    ['--served-model-name', model.servedName === model.reference ? undefined : model.servedName],
    ['--port', enginePort],
    ['--max-model-len', simulator.maxModelLen],
    ['--max-num-seqs', simulator.maxNumSeqs],
    ['--time-to-first-token', simulator.timeToFirstToken?.toMilliseconds()],
    ['--inter-token-latency', simulator.interTokenLatency?.toMilliseconds()],
    ['--block-size', kvCache.blockTokens],
  ];
  const args: Argument[] = valued.flatMap(([flag, value]) => (value === undefined ? [] : [{ flag, value }]));
  return { args: [...args.map(({ flag, value }) => `${flag}=${value}`), ...extra] };
}
