import { Accelerator, InferenceGateway, ModelServing, ModelSource, RouterImage, type ServingChart } from 'cdk8s-llm-d';
import { ServingStack } from 'cdk8s-llm-d/pulumi';
import { runProgram } from './support';

function quickstart(chart: ServingChart) {
  const serving = new ModelServing(chart, 'qwen3', {
    model: ModelSource.huggingFace('Qwen/Qwen3-32B'),
    accelerator: Accelerator.NVIDIA_H100,
    parallelism: { tensor: 2 },
    replicas: 4,
  });
  return { serving, route: new InferenceGateway(chart, 'gateway').addModel(serving, { router: { image: RouterImage.upstream() } }) };
}

test('every object becomes a resource under its native token, named by its path, below the stack', async () => {
  const run = await runProgram(() => new ServingStack('qwen', { namespace: 'llm' }, quickstart));
  const stack = run.named('qwen');
  expect(stack).toMatchObject({ token: 'cdk8s-llm-d:index:ServingStack', custom: false });
  expect(run.objects.map(({ token, name }) => `${token} ${name}`).sort()).toEqual([
    'kubernetes:apps/v1:Deployment qwen/gateway/qwen3/Router/Deployment',
    'kubernetes:apps/v1:Deployment qwen/qwen3/Servers/Workload',
    'kubernetes:core/v1:ConfigMap qwen/gateway/qwen3/Router/Config/Resource',
    'kubernetes:core/v1:ConfigMap qwen/gateway/qwen3/Router/Envoy/Config/Resource',
    'kubernetes:core/v1:Service qwen/gateway/qwen3/Router/Service',
    'kubernetes:core/v1:ServiceAccount qwen/gateway/qwen3/Router/Access/ServiceAccount/Resource',
    'kubernetes:core/v1:ServiceAccount qwen/qwen3/Account/Resource',
    'kubernetes:inference.networking.k8s.io/v1:InferencePool qwen/gateway/qwen3/Router/Pool',
    'kubernetes:rbac.authorization.k8s.io/v1:Role qwen/gateway/qwen3/Router/Access/Role/Resource',
    'kubernetes:rbac.authorization.k8s.io/v1:RoleBinding qwen/gateway/qwen3/Router/Access/RoleBinding/Resource',
  ]);
  expect(new Set(run.objects.map(({ parent }) => parent))).toEqual(new Set([stack.urn]));
  expect(run.outputs.get(stack.urn)).toEqual({
    namespace: 'llm',
    endpoints: { 'qwen/gateway/qwen3': run.result.constructs.route.endpoint },
  });
});
