import type { PluginTable } from '../plugin/context';
import { ProbabilisticAdmitter } from './admitters/probabilistic-admitter';
import { AgentIdentity } from './agent-identity';
import { DestinationEndpointServedVerifier } from './destination-endpoint-served-verifier';
import { InflightLoadProducer } from './producers/inflight-load-producer';
import { SessionIdProducer } from './producers/session-id-producer';
import { RequestAttributeReporter } from './request-attribute-reporter';

/** Plugins of this folder by type. */
export const requestControlPlugins: PluginTable = {
  'agent-identity': (context) => new AgentIdentity(context),
  'destination-endpoint-served-verifier': () => new DestinationEndpointServedVerifier(),
  'inflight-load-producer': (context) => new InflightLoadProducer(context),
  'probabilistic-admitter': (context) => new ProbabilisticAdmitter(context),
  'request-attribute-reporter': (context) => new RequestAttributeReporter(context),
  'session-id-producer': (context) => new SessionIdProducer(context),
};
