import type { PluginContext } from '../plugin/context';
import type { RequestHeaderProcessor } from '../plugin/plugins';
import type { InferenceRequest } from '../plugin/request';

/** Name of the request attribute; the fairness id is taken from it. */
export const AGENT_IDENTITY = 'agent-identity';

/** Headers in which coding agents send their session. Source: llm-d-router v0.10.0, `requestheader/agentidentity`. */
const AGENT_HEADERS = ['x-claude-code-session-id', 'x-session-affinity', 'session-id', 'session_id'];

/** `agent-identity`: takes the identity of an agent from the first header that has one, configured headers first. */
export class AgentIdentity implements RequestHeaderProcessor {
  private readonly headers: readonly string[];

  constructor({ parameters }: PluginContext) {
    const additional = (parameters.additionalSessionHeaders ?? []) as readonly string[];
    this.headers = [...additional.map((header) => header.toLowerCase()), ...AGENT_HEADERS];
  }

  requestHeader(request: InferenceRequest): void {
    for (const header of this.headers) {
      const identity = request.headers.get(header);
      if (identity === undefined || identity === '') continue;
      request.attributes.set(AGENT_IDENTITY, identity);
      return;
    }
  }
}
