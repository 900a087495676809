import type { Endpoint } from '../plugin/endpoint';
import type { Plugin } from '../plugin/plugins';

/** A body that was fetched: `bytes[start, end)`. The memory is reused after the call, so nothing of it may be kept. */
export interface Page {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** False when only the end of the connection told the end of the page, so that it may have been cut off. */
  readonly framed: boolean;
}

/** Takes numbers from a Prometheus page of an endpoint. */
export interface MetricsExtractor extends Plugin {
  /** Returns what was missing or unreadable; undefined when nothing. What could be read is taken in any case. */
  extractMetrics(endpoint: Endpoint, page: Page): string | undefined;
}

/** A model as `/v1/models` lists it. */
export interface ModelData {
  readonly id: string;
  /** @default - not told */
  readonly object?: string;
  /**
   * Seconds since 1970.
   * @default - not told
   */
  readonly created?: number;
  /** @default - not told */
  readonly ownedBy?: string;
  /**
   * Model that an adapter belongs to.
   * @default - not told
   */
  readonly parent?: string;
}

/** Takes the model list of an endpoint. */
export interface ModelsExtractor extends Plugin {
  extractModels(endpoint: Endpoint, models: readonly ModelData[]): void;
}

/** What happened to an endpoint or an object. */
export type EventKind = 'added' | 'updated' | 'deleted';

/** Hears of endpoints. */
export interface EndpointEventExtractor extends Plugin {
  endpointEvent(kind: EventKind, endpoint: Endpoint): void;
}

/** A kind of Kubernetes objects. */
export interface ObjectKind {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A change of a Kubernetes object. */
export interface ObjectEvent {
  readonly kind: EventKind;
  /** The object as the API server sent it; for deletions its last known state. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** Hears of objects of one kind. */
export interface ObjectEventExtractor extends Plugin {
  objectEvent(event: ObjectEvent): void;
}

/** Watches Kubernetes objects; what serves the pool's own objects supplies it. */
export interface ObjectWatch {
  /**
   * Reports all objects of a kind in the pool's namespace and every later change, until the returned function is called.
   * @throws Error (also as a rejection) when the kind is unknown to the cluster or may not be watched
   */
  watch(kind: ObjectKind, listener: (event: ObjectEvent) => void): Promise<() => void>;
}

/** Where and how a source fetches. */
export interface PollRequest {
  readonly scheme: 'http' | 'https';
  /** Address or name, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Certificates of an https source, as PEM. */
export interface PollTls {
  readonly insecureSkipVerify: boolean;
  /** @default - the authorities that Node knows */
  readonly ca?: Buffer;
  /** @default - none is presented */
  readonly cert?: Buffer;
  /** @default - none is presented */
  readonly key?: Buffer;
}

/** A source that fetches a page from each endpoint again and again. */
export interface PollingSource extends Plugin {
  readonly emits: 'metrics' | 'models';
  readonly type: string;
  /**
   * Wanted milliseconds between two fetches, before rounding.
   * @default - every base tick
   */
  readonly intervalMs?: number;
  readonly tls: PollTls;
  /** What to fetch from an endpoint. */
  request(endpoint: Endpoint): PollRequest;
}

/** A source of endpoint events. */
export interface EndpointEventSource extends Plugin {
  readonly emits: 'endpoint-events';
  readonly type: string;
}

/** A source of events of Kubernetes objects. */
export interface ObjectEventSource extends Plugin {
  readonly emits: 'object-events';
  readonly type: string;
  readonly watched: ObjectKind;
}

/** What `dataLayer.sources` may name. */
export type DataSourcePlugin = PollingSource | EndpointEventSource | ObjectEventSource;
