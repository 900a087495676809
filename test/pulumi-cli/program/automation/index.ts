import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { LocalWorkspace } from '@pulumi/pulumi/automation';
import { Accelerator, GatewayProvider, InferenceGateway, ModelServing, ModelSource, RouterImage } from 'cdk8s-llm-d';
import { outputToken, resolveTokens, ServingStack } from 'cdk8s-llm-d/pulumi';

/** Stacks that this process deploys, each to a namespace of its name. */
const TENANTS = ['acme', 'birch', 'cedar'];

/** Each mention of the namespace is another output, known only once the API server has the namespace. */
const program = (tenant: string) => async () => {
  const namespace = new k8s.core.v1.Namespace('namespace', { metadata: { name: tenant } });
  const mention = () => namespace.metadata.name as pulumi.Output<string>;
  const stack = new ServingStack(
    'serving',
    { namespace: mention() },
    (chart) => {
      const serving = new ModelServing(chart, 'qwen3', {
        namespace: outputToken(mention()),
        model: ModelSource.huggingFace('Qwen/Qwen3-8B'),
        accelerator: Accelerator.NVIDIA_L4,
        labels: { team: outputToken(mention()) },
      });
      const gateway = new InferenceGateway(chart, 'gateway', { provider: GatewayProvider.istio() });
      const image = RouterImage.of(`registry.example.com/${outputToken(mention())}/epp:v0.10.0`);
      return gateway.addModel(serving, { router: { image } });
    },
    { await: false },
  );
  return { endpoint: resolveTokens(stack.constructs.endpoint) };
};

/** All stacks at once, step by step. */
async function main() {
  const stacks = await Promise.all(
    TENANTS.map((stackName) => LocalWorkspace.createOrSelectStack({ stackName, projectName: 'automation', program: program(stackName) })),
  );
  const planned = await Promise.all(stacks.map((stack) => stack.preview()));
  const made = await Promise.all(stacks.map((stack) => stack.up()));
  const again = await Promise.all(stacks.map((stack) => stack.preview()));
  const upAgain = await Promise.all(stacks.map((stack) => stack.up()));
  return {
    planned: planned.map(({ changeSummary }) => changeSummary),
    made: made.map(({ summary, outputs }) => ({ changes: summary.resourceChanges, endpoint: outputs.endpoint?.value as unknown })),
    again: again.map(({ changeSummary }) => changeSummary),
    upAgain: upAgain.map(({ summary }) => summary.resourceChanges),
  };
}

main().then(
  (told) => process.stdout.write(JSON.stringify(told)),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
