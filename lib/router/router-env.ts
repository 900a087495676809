import type { EnvVar } from '../manifests/pod';
import { checkRange } from '../util/check';
import { checkProps, type PropTable } from '../util/props';
import { ensure } from '../validation/error';

/** Where traces of the router go. */
export interface RouterTracing {
  /** OTLP endpoint over gRPC, e.g. `http://otel-collector:4317`. */
  readonly endpoint: string;
  /**
   * Share of requests that are traced when the caller did not decide, 0 to 1.
   * @default 0.1
   */
  readonly sampleRatio?: number;
}

const TRACING: PropTable<RouterTracing> = { endpoint: 'text', sampleRatio: 'value' };

/** Environment of the router container: who it is, where traces go, what its sidecars need, what the user wants. */
export function routerEnv(tracing: RouterTracing | undefined, sidecars: readonly EnvVar[], user: readonly EnvVar[]): EnvVar[] {
  const own = [
    field('NAMESPACE', 'metadata.namespace'),
    field('POD_NAME', 'metadata.name'),
    ...sidecars,
    ...(tracing === undefined ? [] : tracingEnv(tracing)),
  ];
  const seen = new Set<string>();
  for (const { name } of [...own, ...user]) {
    ensure(!seen.has(name), 'LLMD551', { name, container: 'the router', change: 'remove it from `env`' });
    seen.add(name);
  }
  return [...own, ...user];
}

function field(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function tracingEnv(tracing: RouterTracing): EnvVar[] {
  const { endpoint, sampleRatio = 0.1 } = checkProps('`tracing`', tracing, TRACING);
  ensure(endpoint !== undefined, 'LLMD105', { prop: 'tracing.endpoint', change: 'say where traces go, e.g. http://otel-collector:4317' });
  checkRange('tracing.sampleRatio', sampleRatio, 0, 1);
  return [
    { name: 'OTEL_SERVICE_NAME', value: 'llm-d-router/epp' },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: endpoint },
    { name: 'OTEL_TRACES_EXPORTER', value: 'otlp' },
    field('OTEL_RESOURCE_ATTRIBUTES_NODE_NAME', 'spec.nodeName'),
    field('OTEL_RESOURCE_ATTRIBUTES_POD_NAME', 'metadata.name'),
    {
      name: 'OTEL_RESOURCE_ATTRIBUTES',
      value:
        'k8s.namespace.name=$(NAMESPACE),k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)',
    },
    { name: 'OTEL_TRACES_SAMPLER', value: 'parentbased_traceidratio' },
    { name: 'OTEL_TRACES_SAMPLER_ARG', value: String(sampleRatio) },
  ];
}
