import type { Context } from 'zeromq';
import type { PluginContext } from '../../plugin/context';
import type { Endpoint } from '../../plugin/endpoint';
import type { KvEventMetrics } from './kv-metrics';
import { type EventTarget, type Sockets, type StreamEnvironment, type StreamTimes, streamTimes } from './kv-stream';
import { KvSubscriber, type Subscription } from './kv-subscriber';
import type { KvEventOptions } from './precise-options';

/** Sockets of the library's context; the library's own limit is 1,023. */
const MOST_SOCKETS = 65_535;

/** Pod whose blocks are those of an endpoint, as publishers name it. */
export const podOf = ({ metadata }: Endpoint): string => `${metadata.address}:${metadata.port}`;

/** What the streams need. */
export interface KvStreamsOptions {
  readonly plugin: PluginContext;
  readonly events: KvEventOptions;
  readonly target: EventTarget;
  readonly metrics: KvEventMetrics;
  /** @default - those of a running router */
  readonly times?: StreamTimes;
}

/** Follows the events of all endpoints, a socket for each, or those of one socket that engines connect to. */
export class KvStreams {
  private environment: StreamEnvironment | undefined;
  private context: Context | undefined;
  private readonly streams = new Map<string, KvSubscriber>();

  constructor(private readonly options: KvStreamsOptions) {}

  /** Loads the socket library and opens the sockets. */
  async start(): Promise<void> {
    const { plugin, events, target, metrics, times = streamTimes } = this.options;
    if (events.bind === '' && !events.discoverPods) {
      plugin.log.warn({ plugin: plugin.name }, 'kvEventsConfig names no zmqEndpoint and discoverPods is off, so no events will come');
      return;
    }
    const sockets: Sockets = await import('zeromq');
    this.context = new sockets.Context({ maxSockets: MOST_SOCKETS });
    this.environment = { sockets, context: this.context, target, metrics, clock: plugin.clock, log: plugin.log, times };
    if (events.bind !== '') this.open({ name: 'local-subscriber', address: events.bind, bind: true, topicFilter: events.topicFilter });
    for (const endpoint of plugin.endpoints.all()) this.follow(endpoint);
  }

  /** Opens the stream of an endpoint, unless there is one or streams are not followed (yet). */
  follow(endpoint: Endpoint): void {
    const { events } = this.options;
    const { id, metadata } = endpoint;
    if (!events.discoverPods || metadata.address === '' || this.streams.has(id)) return;
    const host = metadata.address.includes(':') ? `[${metadata.address}]` : metadata.address;
    this.open({
      name: id,
      address: `tcp://${host}:${events.socketPort + metadata.rankIndex}`,
      bind: false,
      topicFilter: events.topicFilter,
      pod: podOf(endpoint),
      ...(events.replayPort > 0 ? { replayAddress: `tcp://${host}:${events.replayPort + metadata.rankIndex}` } : {}),
    });
  }

  /** Closes the stream of an endpoint that is gone. */
  leave(endpoint: Endpoint): void {
    const stream = this.streams.get(endpoint.id);
    if (stream === undefined) return;
    this.streams.delete(endpoint.id);
    this.options.metrics.subscribers.set(this.streams.size);
    void stream.stop();
  }

  async stop(): Promise<void> {
    const streams = [...this.streams.values()];
    this.streams.clear();
    this.options.metrics.subscribers.set(0);
    this.environment = undefined;
    await Promise.all(streams.map((stream) => stream.stop()));
  }

  private open(subscription: Subscription): void {
    if (this.environment === undefined) return;
    const stream = new KvSubscriber(this.environment, subscription);
    this.streams.set(subscription.name, stream);
    this.options.metrics.subscribers.set(this.streams.size);
    stream.start();
  }
}
