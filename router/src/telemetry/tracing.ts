/** A span of a trace. */
export interface Span {
  /** Adds an attribute. */
  set(name: string, value: string | number | boolean): void;
  /** Marks the span as failed. */
  fail(message: string): void;
  /** Starts a span inside this one; undefined when it is not wanted. */
  child(name: string): Span | undefined;
  /** Headers that carry the trace on (`traceparent`, ...). */
  headers(): readonly (readonly [string, string])[];
  end(): void;
}

/** Makes spans. Without tracing there is none of these, and nothing is spent. */
export interface Tracing {
  /** Starts a span under the caller's one (W3C `traceparent` and `tracestate`); undefined when the request is not traced. */
  start(name: string, traceparent?: string, tracestate?: string): Span | undefined;
}
