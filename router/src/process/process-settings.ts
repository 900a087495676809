import { type Environment, numberVariable, textVariable, wordVariable } from '../config/variables';

/** Settings of our own; upstream's flags and configuration have no place for them. */
export interface ProcessSettings {
  /** Port of the admin server, 0 for none. `LLM_D_EPP_ADMIN_PORT`. */
  readonly adminPort: number;
  /** Whether the environment names that port, so that a taken one is a mistake. */
  readonly adminPortWanted: boolean;
  /** Address of the admin server. `LLM_D_EPP_ADMIN_HOST`. */
  readonly adminHost: string;
  /** Decisions that are kept with their reasons, 0 for none. `LLM_D_EPP_EXPLAIN_DECISIONS`. */
  readonly explainDecisions: number;
  /** Whether a changed configuration file replaces the running configuration. `LLM_D_EPP_CONFIG_RELOAD`. */
  readonly reloadConfig: boolean;
}

/** Reads the settings. @throws Error that says what is allowed */
export function processSettings(env: Environment): ProcessSettings {
  return {
    adminPort: numberVariable(env, 'LLM_D_EPP_ADMIN_PORT'),
    adminPortWanted: Boolean(env.LLM_D_EPP_ADMIN_PORT),
    adminHost: textVariable(env, 'LLM_D_EPP_ADMIN_HOST'),
    explainDecisions: numberVariable(env, 'LLM_D_EPP_EXPLAIN_DECISIONS'),
    reloadConfig: wordVariable(env, 'LLM_D_EPP_CONFIG_RELOAD') === 'true',
  };
}
