/** What a variable of our own router takes. */
export type RouterVariableKind =
  /** One of these words; the first is the default. */
  | { readonly words: readonly string[] }
  /** A whole number within bounds. */
  | { readonly from: number; readonly to: number; readonly fallback: number }
  /** A size such as `512Mi` of at least so many bytes. */
  | { readonly leastBytes: number; readonly fallbackBytes: string }
  /** Any text; `fallback` says in words what an empty one means. */
  | { readonly fallback: string };

const OFF = { words: ['false', 'true'] } as const;
const ON = { words: ['true', 'false'] } as const;

/** How the name of each of them begins. */
export const routerVariablePrefix = 'LLM_D_EPP_';

/**
 * Settings of our own router. They are variables because upstream's flags and its configuration have no place for them, and both must stay
 * swappable. A name that starts like these and is not here is reported, at synth and at the router's start.
 */
export const routerVariables = {
  LLM_D_EPP_ADMIN_HOST: { fallback: '127.0.0.1' },
  LLM_D_EPP_ADMIN_PORT: { from: 0, to: 65535, fallback: 9091 },
  LLM_D_EPP_ADMITTER_STATUS: { words: ['internal', 'typed'] },
  LLM_D_EPP_CONFIG_RELOAD: ON,
  LLM_D_EPP_ECHO_HEADERS: { words: ['all', 'changed'] },
  LLM_D_EPP_EXPLAIN_DECISIONS: { from: 0, to: 10_000, fallback: 100 },
  LLM_D_EPP_FAIL_OPEN_WHEN_ALL_STALE: OFF,
  LLM_D_EPP_MAX_BUFFERED_BYTES: { leastBytes: 1, fallbackBytes: '1Gi' },
  LLM_D_EPP_MAX_REQUEST_BODY_BYTES: { leastBytes: 1, fallbackBytes: '64Mi' },
  LLM_D_EPP_PD_DECIDER_PREFIX_PRODUCER: { fallback: 'approx-prefix-cache-producer' },
  LLM_D_EPP_PREFIX_INDEX_BYTES: { leastBytes: 1 << 20, fallbackBytes: '' },
  LLM_D_EPP_PREFIX_MATCH: { words: ['upstream', 'strict'] },
  LLM_D_EPP_SHED_AT_ADMISSION: OFF,
  LLM_D_EPP_SUBSET_PORTS: { words: ['ignore', 'honour'] },
  LLM_D_EPP_UNREACHED_ENDPOINTS: { words: ['avoid', 'idle'] },
} as const satisfies Readonly<Record<string, RouterVariableKind>>;

/** Name of a variable of our own router. */
export type RouterVariableName = keyof typeof routerVariables;
