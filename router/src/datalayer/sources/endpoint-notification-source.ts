import type { EndpointEventSource } from '../types';

/** Passes the events of the endpoint table on to its extractors. */
export class EndpointNotificationSource implements EndpointEventSource {
  readonly emits = 'endpoint-events';
  readonly type = 'endpoint-notification-source';
}
