/** Settings of our own; upstream's flags and configuration have no place for them. */
export interface ProcessSettings {
  /** Port of the admin server, 0 for none. `LLM_D_EPP_ADMIN_PORT`, by default 9091. */
  readonly adminPort: number;
  /** Address of the admin server. `LLM_D_EPP_ADMIN_HOST`, by default loopback. */
  readonly adminHost: string;
  /** Decisions that are kept with their reasons, 0 for none. `LLM_D_EPP_EXPLAIN_DECISIONS`, by default 100. */
  readonly explainDecisions: number;
  /** Whether a changed configuration file replaces the running configuration. `LLM_D_EPP_CONFIG_RELOAD`, by default true. */
  readonly reloadConfig: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the settings. @throws Error that says what is allowed */
export function processSettings(env: Env): ProcessSettings {
  return {
    adminPort: whole(env, 'LLM_D_EPP_ADMIN_PORT', 9091, 65535),
    adminHost: env.LLM_D_EPP_ADMIN_HOST || '127.0.0.1',
    explainDecisions: whole(env, 'LLM_D_EPP_EXPLAIN_DECISIONS', 100, 10_000),
    reloadConfig: choice(env, 'LLM_D_EPP_CONFIG_RELOAD', true),
  };
}

function whole(env: Env, name: string, fallback: number, most: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new Error(`${name} is "${text}", it must be a whole number from 0 to ${most}`);
  return value;
}

function choice(env: Env, name: string, fallback: boolean): boolean {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (text !== 'true' && text !== 'false') throw new Error(`${name} is "${text}", it must be true or false`);
  return text === 'true';
}
