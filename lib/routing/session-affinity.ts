import { checkInteger } from '../util/check';
import { type PluginParameters, unlessEmpty } from './plugin-ref';

/** How a client's session is recognised; the filter and the scorer read the same parameters. */
export interface SessionAffinityOptions {
  /**
   * Header that carries the session. The router answers with the chosen server in it, and a client which sends it back is served
   * by that server again. Not together with `sessionIdHeaders`.
   * @default x-session-token
   */
  readonly header?: string;
  /**
   * Headers with an id of the client's own, the first that is not empty counts: the router remembers which server the id was sent
   * to. Needs router v0.10.0.
   * @default - the server is remembered by the client, in `header`
   */
  readonly sessionIdHeaders?: readonly string[];
  /**
   * Seconds after which the router forgets an id that nobody uses. Only with `sessionIdHeaders`.
   * @default 300
   */
  readonly idleSeconds?: number;
  /**
   * Profile whose choice is remembered.
   * @default - the primary one: decode when prefill and decode are split
   */
  readonly profileName?: string;
}

/** Parameters of `session-affinity-filter` and `session-affinity-scorer`, in the words of v0.10.0. */
export function sessionAffinityParameters(options: SessionAffinityOptions): PluginParameters {
  if (options.idleSeconds !== undefined) {
    checkInteger('idleSeconds', options.idleSeconds, 1);
  }
  const byId = options.sessionIdHeaders !== undefined;
  return {
    strategy: byId ? 'session_id' : undefined,
    encodedEndpointHeaderConfig: unlessEmpty({ header: options.header }),
    sessionIdConfig: unlessEmpty({
      sources: options.sessionIdHeaders?.map((header) => ({ header })),
      evictionTtlSeconds: options.idleSeconds,
    }),
    profileName: options.profileName,
  };
}
