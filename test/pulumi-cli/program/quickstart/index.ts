import * as pulumi from '@pulumi/pulumi';
import { ServingStack } from 'cdk8s-llm-d/pulumi';
import { chartProps, quickstart } from './serving';

const config = new pulumi.Config();
const name = config.get('stackName') ?? 'qwen';

const stack = new ServingStack(
  name,
  chartProps,
  (chart) =>
    quickstart(chart, {
      replicas: config.requireNumber('replicas'),
      routerVersion: config.get('routerVersion') ?? 'v0.9.0',
      autoscaled: config.getBoolean('autoscaled') ?? false,
    }),
  name === 'qwen' ? {} : { aliases: [{ name: 'qwen' }] },
);

export const endpoint = stack.constructs.route.endpoint;
export const deployment = stack.resourceFor(stack.constructs.serving.workload).urn;
