import type { AgentIdentity } from '../../src/request-control/agent-identity';
import type { DestinationEndpointServedVerifier } from '../../src/request-control/destination-endpoint-served-verifier';
import { requestControlPlugins } from '../../src/request-control/plugins';
import { request, TestContext } from '../support/context';
import { response } from '../support/responses';

describe('agent-identity', () => {
  const identity = (headers: Record<string, string>, parameters = {}): string | undefined => {
    const plugin = new TestContext().make<AgentIdentity>(requestControlPlugins['agent-identity']!, 'agent-identity', parameters);
    const asked = request({ headers });
    plugin.requestHeader(asked);
    return asked.attributes.get('agent-identity');
  };

  test('is the first header that has one', () => {
    expect(identity({ 'session-id': 'codex', 'x-claude-code-session-id': 'claude' })).toBe('claude');
    expect(identity({ session_id: 'old', 'session-id': '' })).toBe('old');
    expect(identity({ 'x-session-affinity': 'öpen' })).toBe('öpen');
  });

  test('configured headers come first, in any case', () => {
    expect(identity({ 'x-mine': 'm', 'x-claude-code-session-id': 'c' }, { additionalSessionHeaders: ['X-None', 'X-Mine'] })).toBe('m');
  });

  test('is absent without any', () => {
    expect(identity({})).toBeUndefined();
  });
});

describe('destination-endpoint-served-verifier', () => {
  const served = (endpoint?: string): string | undefined => {
    const type = 'destination-endpoint-served-verifier';
    const plugin = new TestContext().make<DestinationEndpointServedVerifier>(requestControlPlugins[type]!, type);
    const answer = response(endpoint === undefined ? {} : { served: endpoint });
    plugin.responseHeader(request(), answer);
    return answer.headers.get('x-conformance-test-served-endpoint');
  };

  test('copies what the proxy says', () => {
    expect(served('10.0.0.1:8000')).toBe('10.0.0.1:8000');
  });

  test('fails when the proxy says nothing', () => {
    expect(served()).toMatch(/^fail: /);
  });
});
