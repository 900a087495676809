import { Chart, Testing } from 'cdk8s';
import { parse } from 'yaml';
import type { Container } from '../../lib/manifests/pod';
import { InferenceRouter } from '../../lib/router/inference-router';
import type { InferenceRouterProps } from '../../lib/router/router-props';
import { ModelSource } from '../../lib/values/model-source';
import type { RolePlan, ServersPlan } from '../../lib/values/plan';

/** A manifest as cdk8s writes it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into manifests of every kind
export type Any = any;

/** One aggregated server called `qwen`. */
export function serversPlan(overrides: Partial<ServersPlan> = {}): ServersPlan {
  const role = { path: 'Chart/qwen', role: 'decode', name: 'qwen', workload: 'Deployment', sidecar: false } as unknown as RolePlan;
  return {
    path: 'Chart/qwen',
    name: 'qwen',
    namespace: 'llm',
    topology: 'aggregated',
    model: ModelSource.huggingFace('Qwen/Qwen3-32B').plan,
    poolLabels: { 'llm-d.ai/guide': 'qwen' },
    targetPorts: [8000],
    engineType: 'vllm',
    roles: [role],
    kvBlockTokens: 64,
    kvEventsPort: 5556,
    terminationGraceSeconds: 60,
    ...overrides,
  };
}

/** A router in a chart of its own, and what it emits. */
export function routerOf(props: Partial<InferenceRouterProps> = {}, chart: Chart = new Chart(Testing.app(), 'Chart')) {
  const router = new InferenceRouter(chart, 'Router', { servers: serversPlan(), ...props });
  const objects = Testing.synth(chart) as Any[];
  const all = (kind: string): Any[] => objects.filter((object) => object.kind === kind);
  const one = (kind: string, name?: string): Any => {
    const found = all(kind).filter((object) => name === undefined || object.metadata.name === name);
    expect(found).toHaveLength(1);
    return found[0];
  };
  const pod = one('Deployment', router.plan.name).spec.template;
  const container = pod.spec.containers.find(({ name }: Container) => name === 'epp');
  return { router, objects, all, one, pod, container, args: container.args as string[] };
}

/** The only file of a ConfigMap, read as a YAML parser of its program would. */
export function parsedFile(configMap: Any): Any {
  const texts = Object.values(configMap.data) as string[];
  expect(texts).toHaveLength(1);
  return parse(texts[0] as string);
}

/** The code of the error that `build` throws. */
export function codeOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}
