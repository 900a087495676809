import type { Span as OtelSpan, SpanContext, Tracer } from '@opentelemetry/api';
import type { Log } from '../plugin/context';
import type { Span, Tracing } from './tracing';

type Env = Readonly<Record<string, string | undefined>>;
type Api = typeof import('@opentelemetry/api');

/** A running exporter. */
export interface Exporting {
  readonly tracing: Tracing;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/** Protocol when OTEL_EXPORTER_OTLP_PROTOCOL says nothing: upstream's, so that the endpoint of a cluster need not change. */
const DEFAULT_PROTOCOL = 'grpc';
const SERVICE_NAME = 'llm-d-router';

/** Whether the environment asks for spans. */
export function isTracingWanted(env: Env): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_TRACES_EXPORTER);
}

/**
 * Exports spans by OTLP as the OTEL_* variables say: endpoint, protocol (`grpc`, `http/json`, and `http/protobuf`, which is sent as
 * JSON), headers, sampler, batching, resource attributes. Undefined when they do not ask for it; then nothing of OpenTelemetry is loaded.
 */
export async function startTracing(env: Env, log: Log): Promise<Exporting | undefined> {
  if (!isTracingWanted(env)) return undefined;
  const api = await import('@opentelemetry/api');
  const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources');
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? DEFAULT_PROTOCOL;
  const exporter = await otlpExporter(protocol);
  const named = resourceFromAttributes({ 'service.name': SERVICE_NAME });
  const resource = defaultResource()
    .merge(named)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] });
  log.info({ protocol }, 'spans are exported');
  return { tracing: otelTracing(api, provider.getTracer('llm-d-epp')), stop: () => provider.shutdown() };
}

async function otlpExporter(protocol: string) {
  if (protocol === 'grpc') return new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter();
  return new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter();
}

/** Spans of a tracer of OpenTelemetry, with W3C trace context. */
export function otelTracing(api: Api, tracer: Tracer): Tracing {
  return {
    start(name, traceparent, tracestate) {
      const parent = parseTraceparent(traceparent);
      const root = api.ROOT_CONTEXT;
      const context =
        parent === undefined
          ? root
          : api.trace.setSpanContext(root, {
              ...parent,
              isRemote: true,
              ...(tracestate && { traceState: api.createTraceState(tracestate) }),
            });
      return new BridgedSpan(api, tracer, tracer.startSpan(name, { kind: api.SpanKind.SERVER }, context));
    },
  };
}

class BridgedSpan implements Span {
  constructor(
    private readonly api: Api,
    private readonly tracer: Tracer,
    private readonly span: OtelSpan,
  ) {}

  set(name: string, value: string | number | boolean): void {
    this.span.setAttribute(name, value);
  }

  fail(message: string): void {
    this.span.setStatus({ code: this.api.SpanStatusCode.ERROR, message });
  }

  child(name: string): Span {
    const context = this.api.trace.setSpan(this.api.ROOT_CONTEXT, this.span);
    return new BridgedSpan(this.api, this.tracer, this.tracer.startSpan(name, {}, context));
  }

  headers(): readonly (readonly [string, string])[] {
    const { traceId, spanId, traceFlags, traceState } = this.span.spanContext();
    const traceparent = ['traceparent', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`] as const;
    const state = traceState?.serialize();
    return state ? [traceparent, ['tracestate', state]] : [traceparent];
  }

  end(): void {
    this.span.end();
  }
}

/** W3C trace context, version 00; undefined for anything else. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text ?? '');
  if (match === null || text?.startsWith('ff')) return undefined;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}
