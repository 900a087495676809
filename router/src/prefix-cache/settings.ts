import { parseQuantity } from 'llm-d-epp-config';

type Env = Readonly<Record<string, string | undefined>>;

/** Environment variable that bounds the memory of each prefix index. */
export const INDEX_BYTES = 'LLM_D_EPP_PREFIX_INDEX_BYTES';
/** Environment variable that says how the approximate index counts. */
export const MATCH_MODE = 'LLM_D_EPP_PREFIX_MATCH';

const LEAST_BYTES = 1 << 20;

/** Bytes that an index may take: what the environment says (`512Mi`, `1000000000`), else `fallback`. @throws Error for other text */
export function indexBudget(env: Env, fallback: number): number {
  const text = env[INDEX_BYTES];
  if (text === undefined || text === '') return fallback;
  const bytes = parseQuantity(text);
  if (bytes === undefined || !(bytes >= LEAST_BYTES))
    throw new Error(`${INDEX_BYTES} is "${text}", write a number of bytes of at least 1Mi, such as 512Mi`);
  return Math.floor(bytes);
}

/** Whether an endpoint counts no further than to the first block it lacks. @throws Error for an unknown mode */
export function strictMatch(env: Env): boolean {
  const mode = env[MATCH_MODE] ?? '';
  if (mode !== '' && mode !== 'strict' && mode !== 'upstream')
    throw new Error(`${MATCH_MODE} is "${mode}", write "strict" or "upstream" (the default)`);
  return mode === 'strict';
}
