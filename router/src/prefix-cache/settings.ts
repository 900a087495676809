import { type Environment, sizeVariable, wordVariable } from '../config/variables';

/** Bytes that an index may take: what the environment says, else `fallback`. @throws Error for what is no size */
export const indexBudget = (env: Environment, fallback: number): number => sizeVariable(env, 'LLM_D_EPP_PREFIX_INDEX_BYTES', fallback);

/** Whether an endpoint counts no further than to the first block it lacks. @throws Error for an unknown word */
export const strictMatch = (env: Environment): boolean => wordVariable(env, 'LLM_D_EPP_PREFIX_MATCH') === 'strict';
